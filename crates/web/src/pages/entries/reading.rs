//! Reading entries from handlers, whose work may move between threads while `app`'s futures here stay on one.

use app::{
    City, Ctx, Refused,
    catalogue::{self, Difference, EntryView, VersionLine, VersionView},
};
use rules::ids::EntryId;

/// Runs `read` on a thread of its own.
async fn carry<T, F, Fut>(city: &City, ctx: &Ctx, id: &EntryId, read: F) -> Result<T, Refused>
where
    T: Send + 'static,
    F: FnOnce(City, Ctx, EntryId) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Refused>>,
{
    let (city, ctx, id) = (city.clone(), ctx.clone(), id.clone());
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(read(city, ctx, id)))
        .await
        .map_err(Refused::internal)?
}

/// Everything an entry's page prints.
pub(crate) async fn show(city: &City, ctx: &Ctx, id: &EntryId) -> Result<EntryView, Refused> {
    carry(city, ctx, id, |city, ctx, id| async move {
        catalogue::show(&city, &ctx, &id).await
    })
    .await
}

/// One published version.
pub(crate) async fn version(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    version: i64,
) -> Result<VersionView, Refused> {
    carry(city, ctx, id, move |city, ctx, id| async move {
        catalogue::version(&city, &ctx, &id, version).await
    })
    .await
}

/// What differs between two published versions.
pub(crate) async fn difference(
    city: &City,
    ctx: &Ctx,
    id: &EntryId,
    from: i64,
    to: i64,
) -> Result<Difference, Refused> {
    carry(city, ctx, id, move |city, ctx, id| async move {
        catalogue::difference(&city, &ctx, &id, from, to).await
    })
    .await
}

/// Every published version, the newest first.
pub(crate) async fn versions(city: &City, ctx: &Ctx, id: &EntryId) -> Result<Vec<VersionLine>, Refused> {
    carry(city, ctx, id, |city, ctx, id| async move {
        catalogue::versions(&city, &ctx, &id).await
    })
    .await
}
