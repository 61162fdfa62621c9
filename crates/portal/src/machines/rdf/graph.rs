//! One list of triples, written in every form of RDF that is asked for, so that all forms are the same graph.

use std::io;

use oxjsonld::JsonLdSerializer;
use oxrdf::{
    GraphNameRef, Literal, NamedNode, Term, Triple,
    vocab::{rdf, xsd},
};
use oxrdfxml::RdfXmlSerializer;
use oxttl::TurtleSerializer;

use crate::machines::cells::printable;

/// Prefix and namespace of every vocabulary used.
const PREFIXES: &[(&str, &str)] = &[
    ("adms", "http://www.w3.org/ns/adms#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("eli", "http://data.europa.eu/eli/ontology#"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("hydra", "http://www.w3.org/ns/hydra/core#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// A form of RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Turtle,
    /// Turtle is a part of Notation3.
    N3,
    RdfXml,
    JsonLd,
}

impl Form {
    /// The form that a file name's ending asks for.
    pub fn of_extension(extension: &str) -> Option<Form> {
        Some(match extension {
            "ttl" => Form::Turtle,
            "n3" => Form::N3,
            "rdf" | "xml" => Form::RdfXml,
            "jsonld" => Form::JsonLd,
            _ => return None,
        })
    }

    /// The form of a media type, without its parameters.
    pub fn of_media(media: &str) -> Option<Form> {
        Some(match media {
            "text/turtle" | "application/x-turtle" => Form::Turtle,
            "text/n3" | "text/rdf+n3" => Form::N3,
            "application/rdf+xml" => Form::RdfXml,
            "application/ld+json" => Form::JsonLd,
            _ => return None,
        })
    }

    /// What it is sent as.
    pub fn mime(self) -> &'static str {
        match self {
            Form::Turtle => "text/turtle; charset=utf-8",
            Form::N3 => "text/n3; charset=utf-8",
            Form::RdfXml => "application/rdf+xml; charset=utf-8",
            Form::JsonLd => "application/ld+json",
        }
    }
}

/// Triples, subject by subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph(Vec<Triple>);

/// The full name of `dct:title` and the like.
fn full(name: &str) -> NamedNode {
    let (prefix, local) = name
        .split_once(':')
        .expect("names of vocabularies are written with their prefix");
    let namespace = PREFIXES
        .iter()
        .find(|it| it.0 == prefix)
        .expect("every prefix used is declared")
        .1;
    NamedNode::new_unchecked(format!("{namespace}{local}"))
}

impl Graph {
    /// What is said of `subject`, an address.
    pub fn of(&mut self, subject: &str) -> About<'_> {
        About {
            subject: NamedNode::new_unchecked(subject),
            graph: self,
        }
    }

    /// The graph in `form`, each triple once.
    pub fn write(&self, form: Form) -> io::Result<Vec<u8>> {
        let triples = self.tidy();
        match form {
            Form::Turtle | Form::N3 => {
                let mut serializer = TurtleSerializer::new();
                for (prefix, namespace) in PREFIXES {
                    serializer = serializer
                        .with_prefix(*prefix, *namespace)
                        .map_err(io::Error::other)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in &triples {
                    writer.serialize_triple(triple.as_ref())?;
                }
                writer.finish()
            }
            Form::RdfXml => {
                let mut serializer = RdfXmlSerializer::new();
                for (prefix, namespace) in PREFIXES.iter().filter(|it| it.0 != "rdf") {
                    serializer = serializer
                        .with_prefix(*prefix, *namespace)
                        .map_err(io::Error::other)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in &triples {
                    writer.serialize_triple(triple.as_ref())?;
                }
                writer.finish()
            }
            Form::JsonLd => {
                let mut serializer = JsonLdSerializer::new();
                for (prefix, namespace) in PREFIXES {
                    serializer = serializer
                        .with_prefix(*prefix, *namespace)
                        .map_err(io::Error::other)?;
                }
                let mut writer = serializer.for_writer(Vec::new());
                for triple in &triples {
                    writer.serialize_quad(triple.as_ref().in_graph(GraphNameRef::DefaultGraph))?;
                }
                writer.finish()
            }
        }
    }

    /// Each triple once, those of a subject together and those of a property within it too, in the order in which
    /// they were first said.
    fn tidy(&self) -> Vec<Triple> {
        let mut places = std::collections::HashMap::new();
        let mut keyed: Vec<(usize, usize, usize)> = Vec::with_capacity(self.0.len());
        for (i, triple) in self.0.iter().enumerate() {
            let subject = *places.entry((triple.subject.to_string(), None)).or_insert(i);
            let property = (triple.subject.to_string(), Some(triple.predicate.as_str()));
            keyed.push((subject, *places.entry(property).or_insert(i), i));
        }
        keyed.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        let sorted = keyed.into_iter().map(|it| &self.0[it.2]);
        sorted.filter(|it| seen.insert(*it)).cloned().collect()
    }
}

/// What is said of one subject. Empty texts are not said.
pub(crate) struct About<'g> {
    subject: NamedNode,
    graph: &'g mut Graph,
}

impl About<'_> {
    fn say(self, property: &str, object: impl Into<Term>) -> Self {
        self.graph
            .0
            .push(Triple::new(self.subject.clone(), full(property), object));
        self
    }

    /// It is one of these.
    pub fn a(self, class: &str) -> Self {
        self.graph
            .0
            .push(Triple::new(self.subject.clone(), rdf::TYPE, full(class)));
        self
    }

    /// Chinese text.
    pub fn zh(self, property: &str, text: &str) -> Self {
        if text.trim().is_empty() {
            return self;
        }
        let text = printable(text);
        self.say(
            property,
            Literal::new_language_tagged_literal_unchecked(text, "zh-hans"),
        )
    }

    /// A text without a language.
    pub fn text(self, property: &str, text: &str) -> Self {
        if text.is_empty() {
            return self;
        }
        let text = printable(text);
        self.say(property, Literal::new_simple_literal(text))
    }

    /// A typed value.
    pub fn typed(self, property: &str, text: impl Into<String>, kind: &str) -> Self {
        let literal = Literal::new_typed_literal(text, full(kind));
        self.say(property, literal)
    }

    /// A whole number.
    pub fn number(self, property: &str, number: u64) -> Self {
        self.say(
            property,
            Literal::new_typed_literal(number.to_string(), xsd::INTEGER),
        )
    }

    /// Another thing, by its address.
    pub fn link(self, property: &str, to: &str) -> Self {
        self.say(property, NamedNode::new_unchecked(to))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use oxjsonld::JsonLdParser;
    use oxrdfxml::RdfXmlParser;
    use oxttl::TurtleParser;

    use super::*;

    fn sample() -> Graph {
        let mut graph = Graph::default();
        graph
            .of("http://x/d/1")
            .a("dcat:Dataset")
            .zh("dct:title", "公交“站点” <&> \"引\"\u{1}")
            .zh("dcat:keyword", "交通")
            .link("dct:publisher", "http://x/o/1");
        graph
            .of("http://x/o/1")
            .a("foaf:Agent")
            .zh("foaf:name", "市交通运输局");
        graph
            .of("http://x/d/1")
            .zh("dcat:keyword", "公交")
            .zh("dcat:keyword", "公交")
            .typed("dct:modified", "2026-01-01T08:00:00+08:00", "xsd:dateTime")
            .number("hydra:totalItems", 3);
        graph
    }

    fn set(triples: impl Iterator<Item = Triple>) -> BTreeSet<String> {
        triples.map(|it| it.to_string()).collect()
    }

    #[test]
    fn every_form_is_the_same_graph() {
        let graph = sample();
        let wanted = set(graph.0.iter().cloned());
        assert_eq!(wanted.len(), 9);
        let text = |form| graph.write(form).unwrap();
        let turtle = set(TurtleParser::new()
            .for_slice(&text(Form::Turtle))
            .map(Result::unwrap));
        assert_eq!(turtle, wanted);
        let xml = set(RdfXmlParser::new()
            .for_slice(&text(Form::RdfXml))
            .map(Result::unwrap));
        assert_eq!(xml, wanted);
        let json = text(Form::JsonLd);
        let json = set(JsonLdParser::new().for_slice(&json).map(|it| it.unwrap().into()));
        assert_eq!(json, wanted);
    }

    #[test]
    fn a_subject_stands_in_one_place() {
        let text = String::from_utf8(sample().write(Form::Turtle).unwrap()).unwrap();
        assert_eq!(text.matches("<http://x/d/1>").count(), 1, "{text}");
        assert!(text.contains("dcat:Dataset"));
    }
}
