//! What a browser sends: fields in order, unreadable before their token is verified.

use axum::{
    Form,
    extract::{FromRequest, Request, rejection::FormRejection},
    http::StatusCode,
};

use crate::{door, problem::Problem, session::Me};

/// The hidden field that carries the session's form token.
pub const CSRF: &str = "csrf";

/// Names and values in the order they were sent; a name may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// No fields.
    pub fn new() -> Fields {
        Fields::default()
    }

    /// The first value of `name`; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(it, _)| it == name)
            .map_or("", |(_, value)| value)
    }

    /// The first value of `name` without the spaces around it.
    pub fn trimmed(&self, name: &str) -> &str {
        self.get(name).trim()
    }

    /// Whether `name` was sent at all: a ticked box, a pressed button.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(it, _)| it == name)
    }

    /// Every value of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a value, after those that `name` has.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The same with one more value.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Fields {
        self.push(name, value);
        self
    }

    /// The revision that the page showed; one that cannot be read is older than any.
    pub fn revision(&self) -> i64 {
        self.trimmed("revision").parse().unwrap_or(-1)
    }

    /// The value of `name` without the characters that browsers add to line ends.
    pub fn text(&self, name: &str) -> String {
        self.trimmed(name).replace("\r\n", "\n")
    }

    /// The lines of `name` that say something.
    pub fn lines(&self, name: &str) -> Vec<String> {
        self.get(name)
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

impl From<Vec<(String, String)>> for Fields {
    fn from(fields: Vec<(String, String)>) -> Fields {
        Fields(fields)
    }
}

/// A posted form. Its fields cannot be read before [`ProtectedForm::open`] has verified the token.
pub struct ProtectedForm(Fields);

impl ProtectedForm {
    /// The fields, if the form comes from a page of this session.
    pub fn open(self, me: &Me) -> Result<Fields, Problem> {
        verify(me, self.0.get(CSRF))?;
        Ok(self.0)
    }
}

/// Whether `token` is the form token of this session.
pub fn verify(me: &Me, token: &str) -> Result<(), Problem> {
    if door::is_same(me.csrf(), token) {
        Ok(())
    } else {
        Err(Problem::FormToken)
    }
}

impl<S: Send + Sync> FromRequest<S> for ProtectedForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) if fields.iter().any(|it| it.1.contains('\0')) => Err(unreadable()),
            Ok(Form(fields)) => Ok(ProtectedForm(fields.into())),
            Err(it) if it.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::TooLarge),
            Err(FormRejection::BytesRejection(_)) => Err(Problem::BadRequest(
                "提交没有完成，内容没有保存。请检查网络后返回上一页重新提交。".to_owned(),
            )),
            Err(_) => Err(unreadable()),
        }
    }
}

/// What no browser sends by itself.
fn unreadable() -> Problem {
    Problem::BadRequest("表单内容无法识别。请返回上一页重新提交。".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_come_several_times_and_line_ends_are_tidied() {
        let fields = Fields::new()
            .with("items", "a")
            .with("items", "b")
            .with("why", " 一\r\n二 ");
        assert_eq!(fields.all("items").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.text("why"), "一\n二");
        assert_eq!(fields.revision(), -1);
    }
}
