//! What users say about the product: bugs and wishes, with a screenshot if they like.
//!
//! It is mailed to the operator's support address, listed for the operator's staff, and marked when it was
//! answered. The screenshot is checked by its content and kept by the [`Files`](crate::ports::Files) port.
//! Only staff read feedback: a client's users do not see each other's.

mod model;
mod use_cases;

pub use model::*;
pub use use_cases::{GiveProductFeedback, MAX_SCREENSHOT_BYTES, MAX_TEXT, ProductFeedbackView};
