//! Which form of RDF a client accepts, where it does not rather want the page.

use axum::http::{HeaderMap, header};

use super::graph::Form;

/// The form that `Accept` prefers to a page; none where a page is as welcome.
pub(crate) fn preferred(headers: &HeaderMap) -> Option<Form> {
    let lines = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|it| it.to_str().ok());
    let accepted: Vec<(String, f32)> = lines.flat_map(|it| it.split(',')).filter_map(one).collect();
    let page = accepted
        .iter()
        .filter(|it| ["text/html", "application/xhtml+xml", "text/*", "*/*"].contains(&it.0.as_str()))
        .map(|it| it.1)
        .fold(0.0, f32::max);
    let mut best: Option<(Form, f32)> = None;
    for (media, q) in &accepted {
        if let Some(form) = Form::of_media(media)
            && *q > best.map_or(0.0, |it| it.1)
        {
            best = Some((form, *q));
        }
    }
    // `text/turtle, */*;q=0.1` wants Turtle; `text/html, application/rdf+xml` takes the page.
    best.filter(|it| it.1 > page || it.1 == page && !names_page(&accepted))
        .map(|it| it.0)
}

fn names_page(accepted: &[(String, f32)]) -> bool {
    accepted
        .iter()
        .any(|it| it.0 == "text/html" || it.0 == "application/xhtml+xml")
}

/// A media type with its weight.
fn one(part: &str) -> Option<(String, f32)> {
    let mut pieces = part.split(';');
    let media = pieces.next()?.trim().to_ascii_lowercase();
    let q = pieces
        .find_map(|it| it.trim().strip_prefix("q=")?.parse().ok())
        .unwrap_or(1.0);
    (!media.is_empty() && q > 0.0).then_some((media, q))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_page_and_a_harvester_its_form() {
        let of = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            preferred(&headers)
        };
        assert_eq!(of("text/turtle"), Some(Form::Turtle));
        assert_eq!(
            of("application/rdf+xml;q=0.9, application/ld+json"),
            Some(Form::JsonLd)
        );
        assert_eq!(of("text/turtle, */*;q=0.1"), Some(Form::Turtle));
        assert_eq!(of("text/turtle, */*"), Some(Form::Turtle));
        assert_eq!(
            of("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            None
        );
        assert_eq!(of("text/html, application/rdf+xml"), None);
        assert_eq!(of("text/html;q=0.5, application/rdf+xml"), Some(Form::RdfXml));
        assert_eq!(of("*/*"), None);
        assert_eq!(of("text/turtle;q=0"), None);
        assert_eq!(preferred(&HeaderMap::new()), None);
    }
}
