//! What a client of the CKAN interface asked: query string, JSON body or form, read into one set of parameters.

use axum::http::Method;
use serde_json::{Map, Value};

use super::fault::Fault;

/// The parameters of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(pub Map<String, Value>);

impl Asked {
    /// Reads a request. A GET is its query string; a POST is a JSON object or a form, and its query string only where
    /// it has no body.
    pub fn read(method: &Method, query: &str, body: &[u8]) -> Result<Asked, Fault> {
        if *method != Method::POST {
            return Ok(Asked(fields(query.as_bytes())));
        }
        let text = std::str::from_utf8(body).map_err(|_| Fault::bad_json("the body is not UTF-8"))?;
        let text = text.trim().trim_start_matches('\u{feff}');
        if text.is_empty() {
            return Ok(Asked(fields(query.as_bytes())));
        }
        let is_form = !text.starts_with(['{', '[', '"']) && text.contains('=');
        if is_form {
            return Ok(Asked(fields(text.as_bytes())));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(Asked(map)),
            Ok(_) => Err(Fault::bad_json("Request data JSON decoded but not a dictionary")),
            Err(_) => Err(Fault::bad_json("JSON Error: Error decoding JSON data")),
        }
    }

    /// A value that was sent and is not empty.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|it| !it.is_null() && **it != "")
    }

    /// A value as text; numbers and booleans are written out.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Array(many) => many.first().and_then(Value::as_str).map(str::to_owned),
            other => Some(other.to_string()),
        }
    }

    /// A text that must be there.
    pub fn needed(&self, name: &str) -> Result<String, Fault> {
        self.text(name)
            .ok_or_else(|| Fault::invalid(name, "Missing value"))
    }

    /// Yes or no.
    pub fn flag(&self, name: &str, otherwise: bool) -> bool {
        let yes = |text: String| ["true", "yes", "t", "y", "1", "on"].contains(&text.to_lowercase().as_str());
        self.text(name).map_or(otherwise, yes)
    }

    /// A number from zero up.
    pub fn natural(&self, name: &str) -> Result<Option<u64>, Fault> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let number: i64 = text
            .trim()
            .parse()
            .map_err(|_| Fault::invalid(name, "Invalid integer"))?;
        let natural = u64::try_from(number).map_err(|_| Fault::invalid(name, "Must be a natural number"))?;
        Ok(Some(natural))
    }

    /// A list: an array, a JSON array in a string, or words between commas or blanks.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let texts = |many: &[Value]| many.iter().map(plain).collect();
        match self.value(name)? {
            Value::Array(many) => Some(texts(many)),
            Value::String(text) if text.trim_start().starts_with('[') => match serde_json::from_str(text) {
                Ok(Value::Array(many)) => Some(texts(&many)),
                _ => Some(vec![text.clone()]),
            },
            other => {
                let text = plain(other);
                let parts = text.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty());
                Some(parts.map(str::to_owned).collect())
            }
        }
    }

    /// A JSON object, sent as one or as text.
    pub fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, Fault> {
        let unreadable = || Fault::invalid(name, "Cannot parse JSON");
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map.clone())),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| unreadable()),
            Some(_) => Err(unreadable()),
        }
    }
}

/// A value as text without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A name that comes once is a text, one that comes again is a list.
fn fields(bytes: &[u8]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let value = Value::String(value.into_owned());
        match map.get_mut(name.as_ref()) {
            None => {
                map.insert(name.into_owned(), value);
            }
            Some(Value::Array(many)) => many.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: &str) -> Result<Asked, Fault> {
        Asked::read(&Method::POST, "", body.as_bytes())
    }

    #[test]
    fn a_body_is_json_or_a_form_whatever_it_calls_itself() {
        assert_eq!(post(r#"{"id":"x"}"#).unwrap().text("id").as_deref(), Some("x"));
        assert_eq!(post("id=x&rows=5").unwrap().natural("rows").unwrap(), Some(5));
        assert!(post("").unwrap().0.is_empty());
        for body in ["[1]", "\"x\"", "{", "nonsense"] {
            assert!(matches!(post(body), Err(Fault::Bare(_))), "{body}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_is_a_list() {
        let asked = Asked::read(&Method::GET, "fq=a&fq=b&q=%E5%85%AC", b"").unwrap();
        assert_eq!(asked.list("fq").unwrap(), ["a", "b"]);
        assert_eq!(asked.text("q").as_deref(), Some("公"));
    }

    #[test]
    fn numbers_are_refused_under_their_own_name() {
        let asked = Asked::read(&Method::GET, "limit=x&rows=-1", b"").unwrap();
        assert_eq!(
            asked.natural("limit"),
            Err(Fault::invalid("limit", "Invalid integer"))
        );
        assert_eq!(
            asked.natural("rows"),
            Err(Fault::invalid("rows", "Must be a natural number"))
        );
        assert_eq!(asked.natural("start"), Ok(None));
    }
}
