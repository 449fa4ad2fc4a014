/// What a broken storage breaks. The faults live inside [`MemoryStorage`](crate::testkit::MemoryStorage):
/// most of them are an order or a check left out of its commit, which no wrapper could leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// Applies what comes before a conflict.
    AppliesHalf,
    /// Writes over whatever version is there.
    IgnoresVersions,
    /// Does not look at guards.
    IgnoresGuards,
    /// Does not look at uniques.
    IgnoresUniques,
    /// Lets two claims share a tick.
    SharesTicks,
    /// Claims before it releases.
    ClaimsFirst,
    /// Leaves a gap in the positions of events.
    LeavesGaps,
    /// Queues the same cause again.
    RepeatsCauses,
    /// Hands a leased job out again.
    HandsOutTwice,
    /// Lets any attempt finish a job.
    DoesNotFence,
    /// Does not raise a timer's generation.
    KeepsGenerations,
    /// Takes an idempotency key twice.
    ForgetsKeys,
    /// Leaves a row out at the end of a page.
    SkipsRows,
    /// Shows a client everybody's jobs.
    LeaksRows,
    /// Takes any text for a cursor.
    TakesAnyCursor,
    /// Drops what lies below a millisecond.
    CutsTimes,
    /// Counts lapsed holds.
    CountsLapsedHolds,
    /// Leaves what a record said before in its entry of search.
    KeepsEntries,
    /// Finds what has any of the words.
    FindsAnyWord,
    /// Finds what the asker does not see.
    SearchesEverywhere,
    /// Counts an attempt that was left to a newer release.
    CountsLeft,
    /// Does not say which jobs fail.
    ForgetsFailures,
    /// Loses the trace of a commit.
    LosesTraces,
}
