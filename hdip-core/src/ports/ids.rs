use crate::values::Id;
use std::fmt::Debug;

/// Fresh 128-bit ids.
///
/// Contract: never the same value twice; later values of one process sort after earlier ones (UUIDv7
/// does), since lists are paged by id.
pub trait Ids: Debug + Send + Sync {
    /// The next value.
    fn next(&self) -> u128;
}

/// Typed ids from an [`Ids`].
pub trait IdsExt: Ids {
    /// A fresh id of the wanted kind.
    fn fresh<I: Id>(&self) -> I {
        I::from_bits(self.next())
    }
}
impl<T: Ids + ?Sized> IdsExt for T {}
