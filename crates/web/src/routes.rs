//! Every address of the platform's pages, with the act one must be charged with. The router is built from this list
//! and from nothing else.

use app::City;
use axum::{
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    http::Method,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use rules::permission::{Action, Denied};

use crate::{
    assets,
    pages::{
        admin, agreements, applicants, cases, deliveries, entries, evidence, grants, help, home, notices,
        opening, products, requests, sign_in, systems,
    },
    problem::Problem,
    session::Me,
};

/// Who may open an address. What he may do with the thing behind it, `app` decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anybody, signed in or not.
    Public,
    /// Anybody who is signed in; the page shows what is his.
    SignedIn,
    /// Whoever is charged with this act for something at least.
    May(Action),
}

/// One address and method.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// The address, with its parameters in braces.
    pub path: &'static str,
    /// Who may open it.
    pub guard: Guard,
    handler: MethodRouter<City>,
}

/// The largest form: an entry of some hundred items.
const FORM_BYTES_MAX: usize = 8 << 20;

impl Route {
    /// The handler behind its guard.
    pub fn into_handler(self) -> MethodRouter<City> {
        let guard = self.guard;
        self.handler
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                check(guard, request, next)
            }))
    }
}

/// Turns away whoever is not charged with the act at all, before anything is read.
async fn check(guard: Guard, request: Request, next: Next) -> Response {
    if let (Guard::May(action), Some(me)) = (guard, request.extensions().get::<Me>())
        && !me.could(action)
    {
        let cites = rules::permission::rule(action).ground.article();
        let denied = Denied {
            action,
            cites,
            hides: false,
        };
        return Problem::Forbidden(denied.words()).into_response();
    }
    next.run(request).await
}

fn get<H, T>(path: &'static str, guard: Guard, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    Route {
        method: Method::GET,
        path,
        guard,
        handler: on(MethodFilter::GET, handler),
    }
}

fn post<H, T>(path: &'static str, guard: Guard, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    taking(DefaultBodyLimit::max(FORM_BYTES_MAX), path, guard, handler)
}

/// The same, taking files: the handler itself limits what it reads.
fn files<H, T>(path: &'static str, guard: Guard, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    taking(DefaultBodyLimit::disable(), path, guard, handler)
}

fn taking<H, T>(limit: DefaultBodyLimit, path: &'static str, guard: Guard, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    Route {
        method: Method::POST,
        path,
        guard,
        handler: on(MethodFilter::POST, handler).layer(limit),
    }
}

/// Every address.
#[rustfmt::skip] // A table: one address a line.
pub fn routes() -> Vec<Route> {
    use Action::*;
    use Guard::{May, Public};
    vec![
        get("/assets/{hash}/{*name}", Public, assets::serve),
        get("/sign-in", Public, sign_in::form),
        post("/sign-in", Public, sign_in::send),
        post("/sign-out", May(OwnAccount), sign_in::leave),
        get("/password", May(OwnAccount), sign_in::password),
        post("/password", May(OwnAccount), sign_in::change),
        post("/password/email", May(OwnAccount), sign_in::email),
        get("/notices", May(SeeNotices), notices::list),
        post("/notices/read", May(SeeNotices), notices::read),
        get("/notices/{id}", May(SeeNotices), notices::open),
        get("/help", Public, help::help),
        get("/law", Public, help::law),
        get("/", Public, home::show),

        get("/entries", May(SearchCatalogue), entries::list::show),
        get("/entries/export", May(SearchCatalogue), entries::list::export),
        get("/entries/suggest", May(SearchCatalogue), entries::list::suggest),
        get("/entries/new", May(EditDraft), entries::new::form),
        files("/entries/new", May(EditDraft), entries::new::send),
        get("/entries/{id}", May(SeeEntry), entries::show::show),
        get("/entries/{id}/items", May(EditDraft), entries::items::form),
        post("/entries/{id}/items", May(EditDraft), entries::items::send),
        get("/entries/{id}/edit", May(EditDraft), entries::edit::tasks),
        get("/entries/{id}/edit/{section}", May(EditDraft), entries::edit::form),
        post("/entries/{id}/edit/{section}", May(EditDraft), entries::edit::send),
        get("/entries/{id}/submit", May(SubmitEntry), entries::submit::form),
        post("/entries/{id}/submit", May(SubmitEntry), entries::submit::send),
        get("/entries/{id}/revise", May(EditDraft), entries::submit::revise_form),
        post("/entries/{id}/revise", May(EditDraft), entries::submit::revise),
        get("/entries/{id}/discard", May(EditDraft), entries::submit::discard_form),
        post("/entries/{id}/discard", May(EditDraft), entries::submit::discard),
        get("/entries/{id}/retire", May(RetireEntry), entries::submit::retire_form),
        post("/entries/{id}/retire", May(RetireEntry), entries::submit::retire),
        get("/entries/{id}/versions", May(SeeEntry), entries::versions::list),
        get("/entries/{id}/versions/{version}", May(SeeEntry), entries::versions::show),
        get("/entries/{id}/difference", May(SeeEntry), entries::versions::difference),

        get("/entries/{id}/deliver", May(Deliver), deliveries::form),
        files("/entries/{id}/deliver", May(Deliver), deliveries::send),
        get("/entries/{id}/deliveries", May(SeeDelivery), deliveries::list),
        get("/deliveries", May(SeeDelivery), deliveries::recent::show),
        get("/deliveries/{id}", May(SeeDelivery), deliveries::show),
        get("/deliveries/{id}/progress", May(SeeDelivery), deliveries::progress),
        get("/deliveries/{id}/refusals", May(SeeRefusals), deliveries::refusals),

        get("/entries/{id}/claim", May(Claim), requests::claim_form),
        post("/entries/{id}/claim", May(Claim), requests::claim),
        get("/entries/{id}/apply", May(Apply), requests::apply_form),
        post("/entries/{id}/apply", May(Apply), requests::apply),

        get("/cases", May(SeeCase), cases::list::show),
        get("/cases/export", May(SeeCase), cases::list::export),
        get("/cases/{id}", May(SeeCase), cases::show::show),
        get("/cases/{id}/dispute", May(RaiseDispute), cases::dispute::on_case_form),
        post("/cases/{id}/dispute", May(RaiseDispute), cases::dispute::on_case),
        post("/cases/{id}/applicant", May(SeeApplicant), applicants::look),
        get("/cases/{id}/{step}", May(SeeCase), cases::step::form),
        post("/cases/{id}/{step}", May(SeeCase), cases::step::send),

        get("/agreements", May(SeeAgreement), agreements::list),
        get("/agreements/{id}", May(SeeAgreement), agreements::show),
        get("/agreements/{id}/suspend", May(SuspendAgreement), agreements::suspend_form),
        post("/agreements/{id}/suspend", May(SuspendAgreement), agreements::suspend),
        get("/agreements/{id}/resume", May(SuspendAgreement), agreements::resume_form),
        post("/agreements/{id}/resume", May(SuspendAgreement), agreements::resume),
        get("/agreements/{id}/end", May(SuspendAgreement), agreements::end_form),
        post("/agreements/{id}/end", May(SuspendAgreement), agreements::end),
        get("/agreements/{id}/follow-up", May(FollowUp), agreements::follow_up_form),
        post("/agreements/{id}/follow-up", May(FollowUp), agreements::follow_up),
        get("/applicants/warn", May(WarnApplicants), applicants::warn_form),
        post("/applicants/warn", May(WarnApplicants), applicants::warn),
        get("/products", May(SeeProducts), products::list),
        get("/products/{id}", May(SeeProducts), products::show),
        post("/products/{id}", May(ManageProducts), products::decide),

        get("/grants", May(SeeGrant), grants::list),
        get("/grants/export", May(SeeGrant), grants::export),
        get("/grants/{id}", May(SeeGrant), grants::show),
        get("/grants/{id}/usage", May(SeeUsage), grants::usage),
        get("/grants/{id}/calls", May(SeeUsage), grants::calls::show),
        get("/grants/{id}/dispute", May(RaiseDispute), cases::dispute::on_grant_form),
        post("/grants/{id}/dispute", May(RaiseDispute), cases::dispute::on_grant),
        get("/grants/{id}/doubt", May(Doubt), grants::doubt::form),
        post("/grants/{id}/doubt", May(Doubt), grants::doubt::send),
        get("/grants/{id}/suspend", May(SuspendGrant), grants::suspend_form),
        post("/grants/{id}/suspend", May(SuspendGrant), grants::suspend),
        get("/grants/{id}/resume", May(ResumeGrant), grants::resume_form),
        post("/grants/{id}/resume", May(ResumeGrant), grants::resume),
        get("/grants/{id}/terminate", May(TerminateGrant), grants::terminate_form),
        post("/grants/{id}/terminate", May(TerminateGrant), grants::terminate),

        get("/opening", May(SeeOpening), opening::list::list),
        get("/opening/lists", May(SeeOpening), opening::lists::show),
        get("/opening/lists/{kind}", May(PublishOpenList), opening::lists::publish_form),
        post("/opening/lists/{kind}", May(PublishOpenList), opening::lists::publish),
        get("/opening/{entry}", May(SeeOpening), opening::plan),
        post("/opening/{entry}", May(PrepareRelease), opening::save),
        get("/opening/{entry}/withdraw", May(WithdrawRelease), opening::withdraw_form),
        post("/opening/{entry}/withdraw", May(WithdrawRelease), opening::withdraw),

        get("/systems", May(SeeSystems), systems::list),
        post("/systems", May(ManageSystems), systems::create),
        get("/systems/{id}/keys", May(ManageSystems), systems::key_form),
        post("/systems/{id}/keys", May(ManageSystems), systems::new_key),
        get("/keys/{id}/revoke", May(ManageSystems), systems::revoke_form),
        post("/keys/{id}/revoke", May(ManageSystems), systems::revoke),

        get("/evidence", May(ReadEvidence), evidence::list),
        get("/evidence/{index}/receipt", May(SeeReceipt), evidence::receipt),

        get("/admin/people", May(ManagePeople), admin::people::list),
        get("/admin/people/new", May(ManagePeople), admin::people::form),
        post("/admin/people/new", May(ManagePeople), admin::people::create),
        get("/admin/people/{id}", May(ManagePeople), admin::people::show),
        post("/admin/people/{id}/roles", May(ManagePeople), admin::people::charge),
        post("/admin/people/{id}/email", May(ManagePeople), admin::people::email),
        post("/admin/people/{id}/disable", May(ManagePeople), admin::people::disable),
        post("/admin/people/{id}/reset", May(ManagePeople), admin::people::reset),
        get("/admin/orgs", May(ManageOrgs), admin::orgs::list),
        get("/admin/orgs/new", May(ManageOrgs), admin::orgs::form),
        post("/admin/orgs/new", May(ManageOrgs), admin::orgs::create),
        get("/admin/orgs/{id}", May(ManageOrgs), admin::orgs::show),
        post("/admin/orgs/{id}/confirmer", May(ManageOrgs), admin::orgs::designate),
        post("/admin/orgs/{id}/remove", May(ManageOrgs), admin::orgs::remove),
        get("/admin/calendar", May(LoadCalendar), admin::calendar::show),
        files("/admin/calendar", May(LoadCalendar), admin::calendar::preview),
        post("/admin/calendar/load", May(LoadCalendar), admin::calendar::load),
    ]
}
