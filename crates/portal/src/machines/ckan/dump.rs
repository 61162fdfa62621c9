//! `/datastore/dump/{id}`: all rows of a set, streamed in portions.

use std::fmt::Write as _;

use app::portal::RowsAsk;
use axum::{
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use super::{
    Call, answer,
    asked::Asked,
    datastore::{self, Column, Rows},
    fault::Fault,
};
use crate::{
    machines::cells::{self, printable},
    visit::Visit,
};

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Csv,
    Tsv,
    Json,
    Xml,
}

impl Form {
    fn of(name: &str) -> Option<(Form, &'static str)> {
        Some(match name {
            "csv" => (Form::Csv, "text/csv; charset=utf-8"),
            "tsv" => (Form::Tsv, "text/tab-separated-values; charset=utf-8"),
            "json" => (Form::Json, "application/json; charset=utf-8"),
            "xml" => (Form::Xml, "text/xml; charset=utf-8"),
            _ => return None,
        })
    }
}

/// Answers a dump.
pub(crate) async fn dump(
    State(city): State<app::City>,
    visit: Visit,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let started = async {
        let mut asked = Asked::read(&Method::GET, &query.unwrap_or_default(), b"")?;
        let format = asked.text("format").unwrap_or_else(|| "csv".to_owned());
        let (form, mime) = Form::of(&format).ok_or_else(|| Fault::bad_value("format", &format))?;
        let has_mark = asked.flag("bom", false) && matches!(form, Form::Csv | Form::Tsv);
        let limit = asked.natural("limit")?;
        asked.0.remove("limit");
        asked
            .0
            .insert("resource_id".to_owned(), Value::String(id.clone()));
        let call = Call::new(city, &visit, asked);
        let mut rows = Rows::read(&call).await?;
        // A dump tells no total.
        rows.ask.counted = Some(0);
        let first = RowsAsk {
            limit: 1,
            ..rows.ask.clone()
        };
        // What the rows refuse is told before the first byte leaves.
        let page = datastore::fetch(&call, &rows.set, &first).await?;
        Ok::<_, Fault>((
            Dump {
                call,
                rows,
                form,
                left: limit.unwrap_or(u64::MAX),
                state: Stage::Head(has_mark),
                items: page.items,
            },
            mime,
        ))
    };
    match started.await {
        Err(fault) => answer(
            &Visit {
                path: "datastore_search".to_owned(),
                ..visit
            },
            "datastore_search",
            Err(fault),
            None,
        ),
        Ok((dump, mime)) => {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::CONTENT_TYPE,
                mime.parse()
                    .unwrap_or(header::HeaderValue::from_static("text/plain")),
            );
            if let Ok(name) = format!(
                "attachment; filename=\"{}.{}\"",
                crate::machines::links::segment(&dump.rows.resource),
                mime_end(mime)
            )
            .parse()
            {
                headers.insert(header::CONTENT_DISPOSITION, name);
            }
            (headers, Body::from_stream(portions(dump))).into_response()
        }
    }
}

fn mime_end(mime: &str) -> &str {
    let kind = mime.split(['/', ';']).nth(1).unwrap_or_default();
    if kind == "tab-separated-values" {
        "tsv"
    } else {
        kind
    }
}

/// The portions that hold something: an empty one reads as the end to whoever compresses the stream, and he asks
/// again after the end.
fn portions(dump: Dump) -> impl Stream<Item = Portion> {
    let is_something = |it: &Portion| std::future::ready(!matches!(it, Ok(bytes) if bytes.is_empty()));
    stream::unfold(dump, Dump::next).filter(is_something).fuse()
}

struct Dump {
    call: Call,
    rows: Rows,
    form: Form,
    left: u64,
    state: Stage,
    items: Vec<rules::catalogue::Item>,
}

enum Stage {
    /// Nothing was written; with a byte order mark or not.
    Head(bool),
    /// Rows follow after this cursor; the flag says whether one was written.
    Rows(Option<String>, bool),
    Tail,
    Done,
}

/// A rows portion failed midway: the connection breaks, so that nobody takes half for the whole.
type Portion = Result<Bytes, std::io::Error>;

impl Dump {
    async fn next(mut self) -> Option<(Portion, Dump)> {
        match std::mem::replace(&mut self.state, Stage::Done) {
            Stage::Head(has_mark) => {
                let mut head = if has_mark {
                    "\u{feff}".to_owned()
                } else {
                    String::new()
                };
                head += &self.head();
                self.state = Stage::Rows(None, false);
                Some((Ok(head.into()), self))
            }
            Stage::Rows(after, any) => Some(self.portion(after, any).await),
            Stage::Tail => {
                let tail = match self.form {
                    Form::Json => "\n]}\n",
                    Form::Xml => "</data>\n",
                    Form::Csv | Form::Tsv => "",
                };
                Some((Ok(tail.into()), self))
            }
            Stage::Done => None,
        }
    }

    async fn portion(mut self, after: Option<String>, any: bool) -> (Portion, Dump) {
        let limit = self.left.min(1000) as usize;
        if limit == 0 {
            self.state = Stage::Tail;
            return (Ok(Bytes::new()), self);
        }
        let offset = if after.is_none() {
            self.rows.ask.offset
        } else {
            None
        };
        let ask = RowsAsk {
            after,
            offset,
            limit,
            ..self.rows.ask.clone()
        };
        let page = match app::portal::rows(&self.call.city, &self.rows.set.card.name, &ask).await {
            Ok(page) => page,
            Err(refused) => return (Err(std::io::Error::other(refused.code)), self),
        };
        self.left -= page.rows.len() as u64;
        let text = self.written(&page.rows, any);
        self.state = match page.next {
            Some(next) if self.left > 0 => Stage::Rows(Some(next), any || !page.rows.is_empty()),
            _ => Stage::Tail,
        };
        (Ok(text.into()), self)
    }

    fn head(&self) -> String {
        let columns = self.rows.columns(&self.items);
        match self.form {
            Form::Csv | Form::Tsv => self.line(columns.iter().map(|it| it.name().to_owned())),
            Form::Json => format!(
                "{{\"fields\":{},\"records\":[",
                cells::raw(&self.rows.described(&self.items)).get()
            ),
            Form::Xml => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<data>\n".to_owned(),
        }
    }

    fn line(&self, values: impl Iterator<Item = String>) -> String {
        let delimiter = if self.form == Form::Tsv { b'\t' } else { b',' };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        // A vector takes whatever is written.
        let _ = writer.write_record(values);
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    fn written(&self, rows: &[(u64, Vec<Option<String>>)], any: bool) -> String {
        let columns = self.rows.columns(&self.items);
        let mut text = String::new();
        for (i, row) in rows.iter().enumerate() {
            match self.form {
                Form::Csv | Form::Tsv => {
                    text += &self.line(
                        columns
                            .iter()
                            .map(|it| it.text(&self.items, row).unwrap_or_default().into_owned()),
                    );
                }
                Form::Json => {
                    text += if any || i > 0 { ",\n" } else { "\n" };
                    let values: Vec<_> = columns.iter().map(|it| it.value(&self.items, row)).collect();
                    text += cells::raw(&values).get();
                }
                Form::Xml => text += &xml_row(&columns, &self.items, row),
            }
        }
        text
    }
}

/// `<row _id="1"><column name="…">…</column></row>`; columns bear their names as attributes, since not every one is an XML name.
fn xml_row(columns: &[Column], items: &[rules::catalogue::Item], row: &(u64, Vec<Option<String>>)) -> String {
    let mut text = format!("<row _id=\"{}\">", row.0);
    for column in columns.iter().filter(|it| !matches!(it, Column::Id)) {
        let value = column
            .text(items, row)
            .map(|it| quick_xml::escape::escape(printable(&it)).into_owned());
        let name = quick_xml::escape::escape(column.name()).into_owned();
        // Writing to a string does not fail.
        let _ = match value {
            Some(value) => write!(text, "<column name=\"{name}\">{value}</column>"),
            None => write!(
                text,
                "<column name=\"{name}\" xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"/>"
            ),
        };
    }
    text + "</row>\n"
}
