//! 应用成果: what others made of open data, with the sets they used (art. 26).

use app::{
    City,
    products::{self, ProductCard, ProductSource},
};
use askama::Template;
use axum::extract::State;
use web::words;

use crate::{
    frame::{Frame, html},
    parts,
    problem::Page,
    visit::Visit,
};

/// Every published product.
#[derive(Template)]
#[template(path = "products.html")]
pub struct ProductsPage {
    /// What stands around it.
    pub frame: Frame,
    /// The products, the newest first.
    pub products: Vec<ProductLine>,
}

/// A product as the page shows it.
pub struct ProductLine {
    /// What tells it from the others in an address.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is and whom it serves.
    pub summary: String,
    /// Where it can be seen; empty for nowhere.
    pub link: String,
    /// Who made it.
    pub byline: String,
    /// The day it was published.
    pub day: String,
    /// The sets it uses: the page of each, where it is open, its title, and the citation with the day of acquisition.
    pub sources: Vec<(Option<String>, String, String)>,
}

/// GET /open/products
pub async fn show(visit: Visit, State(city): State<City>) -> Page {
    let products = products::list(&city, None).await?;
    html(&page(&visit, &products))
}

pub(crate) fn page(visit: &Visit, products: &[ProductCard]) -> ProductsPage {
    ProductsPage {
        frame: Frame::new(visit, "应用成果")
            .crumb("/open", "首页")
            .about("公民、企业和研究者利用永州市开放数据形成的数据产品、研究报告和应用。"),
        products: products.iter().map(line).collect(),
    }
}

fn line(card: &ProductCard) -> ProductLine {
    let source = |it: &ProductSource| {
        let href = it
            .name
            .as_ref()
            .map(|name| format!("/dataset/{}", words::encoded(name)));
        (href, it.title.clone(), it.citation.clone())
    };
    let is_web = card.link.starts_with("https://") || card.link.starts_with("http://");
    ProductLine {
        id: card.id.to_string(),
        name: card.name.clone(),
        summary: card.summary.clone(),
        link: if is_web { card.link.clone() } else { String::new() },
        byline: card.byline.clone(),
        day: card.published_at.map(parts::day).unwrap_or_default(),
        sources: card.sources.iter().map(source).collect(),
    }
}
