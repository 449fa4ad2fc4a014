use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

words! {
    /// What feedback is about.
    ProductFeedbackKind {
        /// Something does not work.
        Bug "bug",
        /// Something could be better.
        Enhancement "enhancement",
    }
}

words! {
    /// How much it matters to who says it.
    ProductFeedbackPriority {
        /// Little.
        Low "low",
        /// Some.
        Medium "medium",
        /// Much.
        High "high",
    }
}

words! {
    /// Whether somebody has answered.
    ProductFeedbackStatus {
        /// Not yet.
        Open "open",
        /// Yes.
        Answered "answered",
    }
}

/// What a user said about the product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductFeedback {
    /// Its id.
    pub id: ProductFeedbackId,
    /// The client the user belongs to.
    pub client_id: Option<ClientId>,
    /// Who said it.
    pub user_id: UserId,
    /// About what.
    pub kind: ProductFeedbackKind,
    /// How much it matters.
    pub priority: ProductFeedbackPriority,
    /// In the user's words, 1 to 4000 characters.
    pub text: String,
    /// The screenshot, where there is one.
    pub screenshot_file_id: Option<FileId>,
    /// What its content is.
    pub screenshot_type: Option<ImageType>,
    /// Whether somebody has answered.
    pub status: ProductFeedbackStatus,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// Who marked it as answered, as in the audit log.
    pub answered_by: Option<String>,
    /// When it was said.
    pub created_at: Timestamp,
    /// Record version.
    pub version: i64,
}
entity!(ProductFeedback, ProductFeedback, "product feedback");
