//! Lists: `limit` and `cursor` in, `items` and `next_cursor` out.

use crate::problem::{ApiError, ApiResult};
use hdip_core::Error;
use hdip_core::ports::storage::{Page, Paged};
use hdip_core::values::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of a list. Beside it a handler may take a second `Query` with its filters.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most that many items, 1 to 200; 50 if not said.
    #[param(minimum = 1, maximum = 200, default = 50, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page of a list of `I`s.
    ///
    /// # Errors
    /// `out_of_range` for the limit, `invalid_cursor` for a cursor that this kind of list never handed out.
    pub fn page<I: Id>(&self) -> ApiResult<Page> {
        if let Some(cursor) = &self.cursor {
            cursor.parse::<I>().map_err(|_| Error::InvalidCursor)?;
        }
        self.page_of_any()
    }

    /// The page of a list of things of several kinds, which knows its cursors itself.
    ///
    /// # Errors
    /// `out_of_range` for the limit.
    pub fn page_of_any(&self) -> ApiResult<Page> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=Page::MAX).contains(&limit) {
            let message = format!("must be between 1 and {}", Page::MAX);
            return Err(ApiError::field("limit", "out_of_range", message));
        }
        Ok(Page { limit, after: self.cursor.clone() })
    }
}

/// A page of a list, newest first unless the list says otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PageOf<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `cursor` to get the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "clnt_01j9z3w6v5k2m8x4t7q0r1s2aa")]
    pub next_cursor: Option<String>,
}

impl<T> PageOf<T> {
    /// From the domain's page.
    pub fn of<U: Into<T>>(page: Paged<U>) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), next_cursor: page.next_cursor }
    }
}
