//! What is said of the catalogue and of a set, after DCAT-AP 3.

use app::portal::{Dataset, OrgRef, ReleaseCard};
use rules::{
    catalogue::{OpenKind, UpdateCycle},
    release::FileFormat,
};

use super::graph::Graph;
use crate::machines::{
    ckan::SITE,
    links::{Links, local},
};

const EU: &str = "http://publications.europa.eu/resource/authority/";

/// The address by which a set is known for good: by its id, which no reorganisation changes.
pub(crate) fn iri(links: &Links, set: &Dataset) -> String {
    links.dataset(&set.card.id)
}

fn service_iri(links: &Links) -> String {
    links.at("/api/open/v1#service")
}

/// The portal itself.
pub(crate) fn publisher(graph: &mut Graph, links: &Links) -> String {
    let publisher = links.at("/open#platform");
    graph.of(&publisher).a("foaf:Agent").zh("foaf:name", SITE);
    publisher
}

/// The query interface.
pub(crate) fn service(graph: &mut Graph, links: &Links) {
    let publisher = publisher(graph, links);
    graph
        .of(&service_iri(links))
        .a("dcat:DataService")
        .zh("dct:title", "开放数据查询接口")
        .zh(
            "dct:description",
            "按条件筛选、排序、逐页取得开放数据集的数据行，JSON 或 CSV。",
        )
        .link("dct:publisher", &publisher)
        .link("dcat:endpointURL", &links.at("/api/open/v1"))
        .link("dcat:endpointDescription", &links.at("/api/open/v1/openapi.json"));
}

/// Everything of one set.
pub(crate) fn dataset(graph: &mut Graph, links: &Links, set: &Dataset) {
    let card = &set.card;
    let me = iri(links, set);
    let rights = if card.kind == OpenKind::Unconditional {
        "PUBLIC"
    } else {
        "RESTRICTED"
    };
    let rights = format!("{EU}access-right/{rights}");
    let frequency = format!("{EU}frequency/{}", frequency(card.cycle));
    let page = links.dataset(&card.name);
    let mut about = graph
        .of(&me)
        .a("dcat:Dataset")
        .text("dct:identifier", &card.id)
        .zh("dct:title", &card.title)
        .zh(
            "dct:description",
            if card.summary.trim().is_empty() {
                &card.title
            } else {
                &card.summary
            },
        )
        .link("dct:publisher", &links.org(&card.org))
        .link("dcat:landingPage", &page)
        .link("dct:accessRights", &rights)
        .link("dct:accrualPeriodicity", &frequency)
        .link("dcat:contactPoint", &format!("{me}#contact"))
        .typed("dct:issued", local(card.issued_at), "xsd:dateTime")
        .typed("dct:modified", local(card.modified_at), "xsd:dateTime");
    for keyword in &card.keywords {
        about = about.zh("dcat:keyword", keyword);
    }
    for mark in &set.marks {
        about = about.zh("rdfs:comment", &mark.words);
    }
    if !card.theme_name.is_empty() {
        about = about.link("dcat:theme", &links.theme(&card.theme_name));
    }
    if let Some(number) = card.number {
        about = about.text("dcat:version", &number.to_string());
    }
    if !set.basis.trim().is_empty() {
        about = about.link("dcatap:applicableLegislation", &format!("{me}#basis"));
    }
    if !set.masked.is_empty() {
        about.link("dct:provenance", &format!("{me}#masking"));
    }
    graph.of(&rights).a("dct:RightsStatement");
    graph.of(&frequency).a("dct:Frequency");
    graph.of(&page).a("foaf:Document");
    around(graph, links, set, &me);
    distributions(graph, links, set, &me);
}

/// What a set points to, and is described with it.
fn around(graph: &mut Graph, links: &Links, set: &Dataset, me: &str) {
    let card = &set.card;
    org(graph, links, &card.org);
    let name = if set.person_org.is_empty() {
        &card.org.title
    } else {
        &set.person_org
    };
    let contact = graph
        .of(&format!("{me}#contact"))
        .a("vcard:Organization")
        .a("vcard:Kind")
        .zh("vcard:fn", name);
    let telephone: String = set
        .phone
        .chars()
        .filter(|it| it.is_ascii_digit() || *it == '-' || *it == '+')
        .collect();
    if !telephone.is_empty() {
        contact.link("vcard:hasTelephone", &format!("tel:{telephone}"));
    }
    if !card.theme_name.is_empty() {
        graph
            .of(&links.theme(&card.theme_name))
            .a("skos:Concept")
            .zh("skos:prefLabel", &card.theme)
            .link("skos:inScheme", &links.at("/group"));
        graph
            .of(&links.at("/group"))
            .a("skos:ConceptScheme")
            .zh("dct:title", "主题");
    }
    if !set.basis.trim().is_empty() {
        graph
            .of(&format!("{me}#basis"))
            .a("eli:LegalResource")
            .zh("dct:title", &set.basis);
    }
    if !set.masked.is_empty() {
        let words: Vec<String> = set
            .masked
            .iter()
            .map(|(item, words)| format!("{item}：{words}"))
            .collect();
        graph
            .of(&format!("{me}#masking"))
            .a("dct:ProvenanceStatement")
            .zh("rdfs:label", &format!("脱敏说明：{}", words.join("；")));
    }
}

fn org(graph: &mut Graph, links: &Links, org: &OrgRef) {
    graph
        .of(&links.org(org))
        .a("foaf:Agent")
        .zh("foaf:name", &org.title);
}

fn distributions(graph: &mut Graph, links: &Links, set: &Dataset, me: &str) {
    match set.releases.first() {
        Some(release) if set.card.kind == OpenKind::Unconditional => {
            for file in 0..release.files.len() {
                distribution(graph, links, set, release, file);
            }
            graph.of(&service_iri(links)).link("dcat:servesDataset", me);
        }
        _ => {
            let apply = format!("{me}#apply");
            graph.of(me).link("dcat:distribution", &apply);
            graph
                .of(&apply)
                .a("dcat:Distribution")
                .zh("dct:title", &format!("申请使用：{}", set.card.title))
                .zh("dct:description", &set.conditions)
                .link("dcat:accessURL", &links.application(&set.card))
                .link("dct:license", &links.terms());
            graph.of(&links.terms()).a("dct:LicenseDocument");
        }
    }
}

fn distribution(graph: &mut Graph, links: &Links, set: &Dataset, release: &ReleaseCard, file: usize) {
    let card = &set.card;
    let file = &release.files[file];
    let me = links.resource(&card.name, &file.rid);
    let format = format!("{EU}file-type/{}", file_type(file.format));
    let mime = file.format.mime().split(';').next().unwrap_or_default();
    let media = format!("http://www.iana.org/assignments/media-types/{mime}");
    let availability = format!("{EU}planned-availability/STABLE");
    let (checksum, algorithm) = (
        format!("{me}#checksum"),
        "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
    );
    graph.of(&iri(links, set)).link("dcat:distribution", &me);
    let about = graph
        .of(&me)
        .a("dcat:Distribution")
        .zh("dct:title", &format!("{}（{}）", card.title, file.format.label()))
        .link("dcat:accessURL", &links.dataset(&card.name))
        .link(
            "dcat:downloadURL",
            &links.download(&card.name, &file.rid, file.format),
        )
        .typed("dcat:byteSize", file.bytes.to_string(), "xsd:nonNegativeInteger")
        .link("dct:format", &format)
        .link("dcat:mediaType", &media)
        .link("spdx:checksum", &checksum)
        .link("dct:license", &links.terms())
        .link("dcatap:availability", &availability)
        .typed("dct:issued", local(release.at), "xsd:dateTime")
        .typed("dct:modified", local(release.at), "xsd:dateTime");
    about.link("dcat:accessService", &service_iri(links));
    graph
        .of(&checksum)
        .a("spdx:Checksum")
        .link("spdx:algorithm", algorithm)
        .typed("spdx:checksumValue", file.sha256.clone(), "xsd:hexBinary");
    graph.of(algorithm).a("spdx:ChecksumAlgorithm");
    graph.of(&format).a("dct:MediaTypeOrExtent");
    graph.of(&media).a("dct:MediaType");
    graph.of(&links.terms()).a("dct:LicenseDocument");
    graph
        .of(&availability)
        .a("skos:Concept")
        .text("skos:prefLabel", "stable");
}

/// The European frequency that means the same.
fn frequency(cycle: UpdateCycle) -> &'static str {
    match cycle {
        UpdateCycle::Realtime => "CONT",
        UpdateCycle::Daily => "DAILY",
        UpdateCycle::Weekly => "WEEKLY",
        UpdateCycle::Monthly => "MONTHLY",
        UpdateCycle::Quarterly => "QUARTERLY",
        UpdateCycle::HalfYearly => "ANNUAL_2",
        UpdateCycle::Yearly => "ANNUAL",
        UpdateCycle::Irregular => "IRREG",
    }
}

/// The European name of a file format.
fn file_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Csv => "CSV",
        FileFormat::Json => "JSON",
        FileFormat::JsonLines => "NDJSON",
        FileFormat::Xlsx => "XLSX",
        FileFormat::Xml => "XML",
        FileFormat::Parquet => "PARQUET",
    }
}
