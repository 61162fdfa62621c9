//! 我的申请: the pages of applicants, who register to apply for conditional data (art. 26, art. 33).
//!
//! They have sessions of their own, apart from those of the city's people. No page of theirs is kept by a browser or
//! anything between, and no address holds what they typed.

mod agreements;
mod apply;
mod data;
mod enter;
pub(crate) mod form;
mod home;
mod link;
mod machine;
mod products;
mod register;
mod requests;
mod session;
pub(crate) mod show;

use crate::routes::{Route, get, post};

/// Every address of the applicants' pages, and the one at which their programs call.
#[rustfmt::skip] // A table: one address a line.
pub fn routes() -> Vec<Route> {
    vec![
        get("/open/account", home::show),
        get("/open/account/register", register::form),
        post("/open/account/register", register::send),
        get("/open/account/sign-in", enter::form),
        post("/open/account/sign-in", enter::send),
        post("/open/account/sign-out", enter::leave),
        get("/open/account/forgot", link::forgot_form),
        post("/open/account/forgot", link::forgot),
        get("/open/account/link/{id}/{secret}", link::form),
        post("/open/account/link/{id}/{secret}", link::send),
        get("/open/account/apply/{name}", apply::form),
        post("/open/account/apply", apply::check),
        post("/open/account/apply/confirm", apply::send),
        get("/open/account/requests/{id}", requests::show),
        post("/open/account/requests/{id}/withdraw", requests::withdraw),
        get("/open/account/agreements/{id}", agreements::show),
        post("/open/account/agreements/{id}/accept", agreements::accept),
        post("/open/account/agreements/{id}/key", agreements::new_key),
        get("/open/account/agreements/{id}/keys/{key}/revoke", agreements::revoke_form),
        post("/open/account/agreements/{id}/keys/{key}/revoke", agreements::revoke),
        get("/open/account/agreements/{id}/end", agreements::end_form),
        post("/open/account/agreements/{id}/end", agreements::end),
        get("/open/account/data", data::show),
        get("/open/account/data/change", data::form),
        post("/open/account/data/change", data::change),
        get("/open/account/data/password", data::password_form),
        post("/open/account/data/password", data::password),
        post("/open/account/data/export", data::export),
        get("/open/account/data/erase", data::erase_form),
        post("/open/account/data/erase", data::erase),
        get("/open/account/products", products::list),
        get("/open/account/products/new", products::form),
        post("/open/account/products/new", products::send),
        get("/open/account/products/{id}", products::edit),
        post("/open/account/products/{id}", products::resend),
        get("/open/account/products/{id}/withdraw", products::withdraw_form),
        post("/open/account/products/{id}/withdraw", products::withdraw),
        post("/api/open/v1/agreements/{id}/query", machine::query),
    ]
}
