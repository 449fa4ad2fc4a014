//! Queues and exchanges, all named after the prefix.

use super::config::RabbitConfig;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

/// Messages that are set aside are kept so many, the oldest go first: they are looked at by a person or never.
const SET_ASIDE: i32 = 10_000;

/// The queue of announcements.
pub(super) fn jobs(config: &RabbitConfig) -> String {
    format!("{}.jobs", config.prefix)
}

/// Exchange and queue of messages that nobody can read.
pub(super) fn unreadable(config: &RabbitConfig) -> String {
    format!("{}.unreadable", config.prefix)
}

/// Makes what is missing. What is there must be the same: a queue of another type is an error of the channel.
pub(super) async fn declare(channel: &Channel, config: &RabbitConfig) -> lapin::Result<()> {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let arguments = |own: [(&str, AMQPValue); 1]| {
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), text(config.queue_type.as_str()));
        for (name, value) in own {
            table.insert(name.into(), value);
        }
        table
    };
    let aside = unreadable(config);
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let table = FieldTable::default();
    channel.exchange_declare(aside.as_str().into(), ExchangeKind::Fanout, options, table).await?;
    let table = arguments([("x-max-length", AMQPValue::LongInt(SET_ASIDE))]);
    channel.queue_declare(aside.as_str().into(), durable, table).await?;
    let (options, table) = (QueueBindOptions::default(), FieldTable::default());
    channel.queue_bind(aside.as_str().into(), aside.as_str().into(), "".into(), options, table).await?;
    let table = arguments([("x-dead-letter-exchange", text(&aside))]);
    channel.queue_declare(jobs(config).into(), durable, table).await?;
    Ok(())
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
