//! Walking through lists.

use futures_core::Stream;
use futures_util::stream;

/// Every item of a list, page by page, as a stream: `fetch` is given the cursor of the page wanted (none for
/// the first) and answers with its items and the cursor of the next.
///
/// ```no_run
/// # async fn run(hdip: hdip_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::{StreamExt, pin_mut};
/// let all = hdip_client::pages(async |cursor: Option<String>| {
///     let mut request = hdip.list_candidates().limit(200);
///     if let Some(cursor) = cursor {
///         request = request.cursor(cursor);
///     }
///     let page = request.send().await?.into_inner();
///     Ok::<_, hdip_client::Error<hdip_client::types::Problem>>((page.items, page.next_cursor))
/// });
/// pin_mut!(all);
/// while let Some(candidate) = all.next().await {
///     println!("{}", candidate?.name);
/// }
/// # Ok(()) }
/// ```
pub fn pages<T, E>(
    fetch: impl AsyncFn(Option<String>) -> Result<(Vec<T>, Option<String>), E>,
) -> impl Stream<Item = Result<T, E>> {
    /// Where the walk is.
    enum At {
        Page(Option<String>),
        End,
    }
    stream::unfold((fetch, At::Page(None), Vec::new().into_iter()), |(fetch, mut at, mut items)| async move {
        loop {
            if let Some(item) = items.next() {
                return Some((Ok(item), (fetch, at, items)));
            }
            let At::Page(cursor) = at else { return None };
            match fetch(cursor).await {
                Ok((page, next)) => {
                    items = page.into_iter();
                    at = next.map_or(At::End, |next| At::Page(Some(next)));
                }
                // An error ends the walk: what follows is not known.
                Err(error) => return Some((Err(error), (fetch, At::End, Vec::new().into_iter()))),
            }
        }
    })
}
