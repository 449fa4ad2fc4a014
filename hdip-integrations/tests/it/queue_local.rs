//! The queue within a process, under the queue contract.

mod contract {
    hdip_core::queue_contract!(attr = tokio::test, harness = hdip_integrations::queue::LocalQueue::new());
}
