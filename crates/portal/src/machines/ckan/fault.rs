//! How the CKAN interface says no: the error types and statuses that its clients map to their own.

use app::{Refused, Status};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such thing, or it is not open: the two read the same.
    NotFound(String),
    /// A parameter is wrong; keyed by it.
    Invalid(String, String),
    /// A search that cannot be understood.
    Query(String),
    /// Not a call at all: a bare string without an envelope.
    Bare(String),
    /// The platform's own fault, in the words for the public.
    Internal(String),
}

impl Fault {
    /// A parameter that is wrong.
    pub fn invalid(field: &str, words: &str) -> Fault {
        Fault::Invalid(field.to_owned(), words.to_owned())
    }

    /// A parameter whose value is not one of those that are there.
    pub fn bad_value(field: &str, value: &str) -> Fault {
        Fault::Invalid(field.to_owned(), format!("invalid value \"{value}\""))
    }

    /// A body that cannot be read.
    pub fn bad_json(words: &str) -> Fault {
        Fault::Bare(format!("Bad request: {words}"))
    }

    /// There is no such `what`.
    pub fn no_such(what: &str, id: &str) -> Fault {
        Fault::NotFound(format!("Not found: {what} \"{id}\" was not found."))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Fault::NotFound(_) => StatusCode::NOT_FOUND,
            Fault::Invalid(..) => StatusCode::CONFLICT,
            Fault::Query(_) | Fault::Bare(_) => StatusCode::BAD_REQUEST,
            Fault::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` of the envelope; none where there is no envelope.
    pub fn error(&self) -> Option<Value> {
        Some(match self {
            Fault::NotFound(words) => json!({ "__type": "Not Found Error", "message": words }),
            Fault::Invalid(field, words) => json!({ "__type": "Validation Error", field: [words] }),
            Fault::Query(words) => json!({ "__type": "Search Query Error", "message": words }),
            Fault::Internal(words) => json!({ "__type": "Internal Server Error", "message": words }),
            Fault::Bare(_) => return None,
        })
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Fault {
        match refused.status {
            Status::NotFound => Fault::NotFound("Not found".to_owned()),
            Status::Unavailable | Status::Internal => Fault::Internal(refused.words),
            _ => {
                let field = refused.fields.first().map_or("__extras", |it| it.0.as_str());
                Fault::invalid(field, &refused.words)
            }
        }
    }
}
