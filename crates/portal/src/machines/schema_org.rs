//! A set in schema.org's words, for search engines.

use app::portal::Dataset;
use rules::catalogue::OpenKind;
use serde_json::{Value, json};

use super::{
    ckan::{SITE, shape},
    links::{Links, local},
};

/// The JSON-LD of a set, ready to stand in a `<script type="application/ld+json">`: no title can close the element.
pub fn schema_org(set: &Dataset, origin: &str) -> String {
    safe(&value(&Links::new(origin), set).to_string())
}

/// `<` starts elements and comments; JSON may write it as an escape anywhere it can stand.
fn safe(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn value(links: &Links, set: &Dataset) -> Value {
    let card = &set.card;
    let org =
        json!({ "@type": "GovernmentOrganization", "name": card.org.title, "url": links.org(&card.org) });
    let mut value = json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": links.dataset(&card.id),
        "identifier": card.id,
        "name": card.title,
        "description": description(set),
        "url": links.dataset(&card.name),
        "keywords": card.keywords,
        "inLanguage": "zh-Hans",
        "creator": org,
        "publisher": org,
        "license": links.terms(),
        "isAccessibleForFree": true,
        "conditionsOfAccess": shape::licence(card.kind).title,
        "datePublished": local(card.issued_at),
        "dateModified": local(card.modified_at),
        "spatialCoverage": { "@type": "Place", "name": "湖南省永州市" },
        "includedInDataCatalog": { "@type": "DataCatalog", "name": SITE, "url": links.at("/open") },
        "variableMeasured": set.items.iter().map(|it| json!({ "@type": "PropertyValue", "name": it.title, "alternateName": it.name })).collect::<Vec<_>>(),
    });
    if let Some(number) = card.number {
        value["version"] = number.to_string().into();
    }
    if let Some(release) = set
        .releases
        .first()
        .filter(|_| card.kind == OpenKind::Unconditional)
    {
        let file = |it: &app::portal::FileCard| {
            json!({
                "@type": "DataDownload",
                "name": it.format.label(),
                "contentUrl": links.download(&card.name, &it.rid, it.format),
                "encodingFormat": it.format.mime().split(';').next(),
                "contentSize": it.bytes.to_string(),
                "sha256": it.sha256,
            })
        };
        value["distribution"] = release.files.iter().map(file).collect();
    }
    value
}

/// Search engines want fifty characters at least and five thousand at most.
fn description(set: &Dataset) -> String {
    let card = &set.card;
    let mut text = card.summary.trim().to_owned();
    if text.chars().count() < 50 {
        let items: Vec<&str> = set.items.iter().map(|it| it.title.as_str()).collect();
        let end = if text.is_empty() || text.ends_with('。') {
            ""
        } else {
            "。"
        };
        text = format!(
            "{text}{end}{}由{}依法开放，更新周期为{}，包含信息项：{}。",
            card.title,
            card.org.title,
            card.cycle.label(),
            items.join("、")
        );
    }
    text.chars().take(5000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_closes_the_element_it_stands_in() {
        let text = safe(&json!({ "name": "</script><!--\u{2028}" }).to_string());
        assert!(!text.contains('<') && !text.contains('\u{2028}'), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["name"], "</script><!--\u{2028}");
    }
}
