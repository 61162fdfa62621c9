//! Every public address. The router is built from these lists and from nothing else.

use app::City;
use axum::{
    extract::DefaultBodyLimit,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};

use crate::{account, assets, machines, pages};

/// One address and method. All of them are open to everybody; what is shown, `app` decides.
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// The address, with its parameters in braces.
    pub path: &'static str,
    handler: MethodRouter<City>,
}

/// The largest form that an outsider sends.
const FORM_BYTES_MAX: usize = 64 << 10;

impl Route {
    /// The same address with another handler around its own.
    pub fn map(self, around: impl FnOnce(MethodRouter<City>) -> MethodRouter<City>) -> Route {
        Route {
            handler: around(self.handler),
            ..self
        }
    }

    /// What answers.
    pub fn into_handler(self) -> MethodRouter<City> {
        self.handler
    }
}

/// An address that is read; HEAD is answered too.
pub fn get<H, T>(path: &'static str, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    Route {
        method: Method::GET,
        path,
        handler: on(MethodFilter::GET, handler),
    }
}

/// An address that takes a form, of 64 KB at most.
pub fn post<H, T>(path: &'static str, handler: H) -> Route
where
    H: Handler<T, City>,
    T: 'static,
{
    let handler = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    Route {
        method: Method::POST,
        path,
        handler,
    }
}

/// Every address of the portal.
pub fn routes() -> Vec<Route> {
    let mut routes = vec![get("/open/assets/{hash}/{*name}", assets::serve)];
    routes.extend(pages::routes());
    routes.extend(machines::routes());
    routes.extend(account::routes());
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_stands_twice() {
        let mut names: Vec<String> = routes()
            .iter()
            .map(|it| format!("{} {}", it.method, it.path))
            .collect();
        let before = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), before);
    }
}
