//! Feedback about the product.

use bytes::Bytes;
use hdip_core::access::{Role, User};
use hdip_core::ports::storage::{Page, Stream};
use hdip_core::ports::{Files, IdsExt};
use hdip_core::product_feedback::*;
use hdip_core::testkit::{MemoryStorage, World, block_on, read_all};
use hdip_core::values::*;
use hdip_core::{Ctx, Error};
use std::sync::Arc;

async fn world() -> World {
    World::over(Arc::new(MemoryStorage::new())).await
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("is refused").code()
}

/// A PNG picture of that many bytes.
pub fn picture(bytes: usize) -> Bytes {
    let chunk =
        |name: &[u8], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat();
    let header = chunk(b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0]);
    let around = 8 + header.len() + 12 + 12;
    let pixels = chunk(b"IDAT", &vec![7; bytes - around]);
    [&b"\x89PNG\r\n\x1a\n"[..], &header, &pixels, &chunk(b"IEND", b"")].concat().into()
}

pub fn feedback(text: &str, screenshot: Option<Bytes>) -> GiveProductFeedback {
    GiveProductFeedback {
        kind: ProductFeedbackKind::Bug,
        priority: ProductFeedbackPriority::High,
        text: text.into(),
        screenshot,
    }
}

async fn list(world: &World, status: Option<ProductFeedbackStatus>) -> Vec<ProductFeedbackView> {
    world.hdip.product_feedback(&world.as_operator(), status, &Page::default()).await.unwrap().items
}

#[test]
fn what_a_user_says_is_mailed_to_support_and_listed_for_staff() {
    block_on(async {
        let world = world().await;
        let input = feedback("  The list\nforgets its filter.  ", Some(picture(1000)));
        let id = world.hdip.give_product_feedback(&world.as_owner(), input).await.unwrap().output;
        world.drain().await;
        let mail = world.mail.sent().pop().unwrap();
        assert_eq!((&*mail.kind, mail.to.as_str()), ("product_feedback_received", "support@hdip.example"));
        assert_eq!(mail.reply_to.unwrap().as_str(), "omar@acme.example", "an answer goes to the user");
        assert!(mail.text.contains("> The list\n> forgets its filter."), "{}", mail.text);

        let listed = list(&world, Some(ProductFeedbackStatus::Open)).await;
        assert_eq!(listed.len(), 1);
        let view = &listed[0];
        assert_eq!(
            (view.feedback.id, &*view.user_name, view.client_brand.as_deref()),
            (id, "Omar Owner", Some("Acme"))
        );
        assert_eq!(view.feedback.text, "The list\nforgets its filter.");
        let shot = world.hdip.product_feedback_screenshot(&world.as_operator(), id).await.unwrap();
        assert_eq!((shot.kind, shot.meta.length), (ImageType::Png, 1000));
        assert_eq!(read_all(shot.body).await.unwrap(), picture(1000));

        world.hdip.mark_product_feedback_answered(&world.as_operator(), id).await.unwrap();
        world.hdip.mark_product_feedback_answered(&world.as_operator(), id).await.expect("twice is fine");
        assert!(list(&world, Some(ProductFeedbackStatus::Open)).await.is_empty());
        let row = &list(&world, Some(ProductFeedbackStatus::Answered)).await[0].feedback;
        assert_eq!(
            (row.answered_at, row.answered_by.clone()),
            (Some(world.hdip.now()), Some(format!("user:{}", world.manager.id)))
        );
        let audit = world.storage.audit_of(&id.to_string(), &Page::default()).await.unwrap();
        let actions: Vec<_> = audit.iter().map(|entry| &*entry.action).collect();
        assert_eq!(actions, ["product_feedback.answer", "product_feedback.give"]);
        let events = world.storage.events(Stream::Operator, 0, 10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "product_feedback.received"));
        assert!(!format!("{events:?}").contains("filter"), "events hold no words of people");
    });
}

#[test]
fn only_staff_reads_feedback_and_only_users_give_it() {
    block_on(async {
        let world = world().await;
        let given = world.hdip.give_product_feedback(&world.as_owner(), feedback("x", None)).await.unwrap();
        let recruiter = User { role: Role::ClientRecruiter, ..world.owner.clone() };
        for ctx in [world.as_owner(), world.as_user(&recruiter), world.as_interviewer(world.ids.fresh())] {
            let page = Page::default();
            assert_eq!(code(world.hdip.product_feedback(&ctx, None, &page).await), "forbidden");
            assert_eq!(code(world.hdip.one_product_feedback(&ctx, given.output).await), "forbidden");
            let shot = world.hdip.product_feedback_screenshot(&ctx, given.output).await.map(|_| ());
            assert_eq!(code(shot), "forbidden");
            let marked = world.hdip.mark_product_feedback_answered(&ctx, given.output).await;
            assert_eq!(code(marked), "forbidden");
        }
        let operator = world.as_operator();
        let unknown: ProductFeedbackId = world.ids.fresh();
        assert_eq!(code(world.hdip.one_product_feedback(&operator, unknown).await), "not_found");
        let none = world.hdip.product_feedback_screenshot(&operator, given.output).await.map(|_| ());
        assert_eq!(code(none), "not_found");
        assert_eq!(
            code(world.hdip.give_product_feedback(&world.hdip.system(), feedback("x", None)).await),
            "forbidden"
        );
    });
}

#[test]
fn text_and_screenshot_have_limits() {
    block_on(async {
        let world = world().await;
        let give = |input: GiveProductFeedback| {
            let world = &world;
            async move {
                match world.hdip.give_product_feedback(&world.as_owner(), input).await {
                    Ok(_) => Vec::new(),
                    Err(Error::Invalid(fields)) => {
                        fields.iter().map(|f| format!("{} {}", f.field, f.code)).collect()
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        assert_eq!(give(feedback(" \n ", None)).await, ["text required"]);
        assert_eq!(give(feedback(&"क".repeat(4001), None)).await, ["text too_long"]);
        assert_eq!(give(feedback(&"क".repeat(4000), None)).await, [""; 0]);
        let most = MAX_SCREENSHOT_BYTES;
        assert_eq!(give(feedback("x", Some(picture(most + 1)))).await, ["screenshot too_large"]);
        let html = Bytes::from_static(b"<svg onload=alert(1)>");
        assert_eq!(give(feedback("", Some(html))).await, ["text required", "screenshot not_an_image"]);
        assert_eq!(world.files.count(), 0, "what is refused is not kept");
        assert_eq!(give(feedback("x", Some(picture(most)))).await, [""; 0]);
        assert_eq!(world.files.count(), 1);
    });
}

#[test]
fn the_same_request_twice_is_one_piece_of_feedback_and_one_file() {
    block_on(async {
        let world = world().await;
        let owner = Ctx { idempotency: Some("once".parse().unwrap()), ..world.as_owner() };
        let give = |shot: Bytes| world.hdip.give_product_feedback(&owner, feedback("x", Some(shot)));
        let first = give(picture(1000)).await.unwrap();
        let again = give(picture(1000)).await.unwrap();
        assert_eq!((first.output, again.replayed), (again.output, true));
        assert_eq!(code(give(picture(1001)).await), "idempotency_mismatch");
        world.drain().await;
        assert_eq!((list(&world, None).await.len(), world.files.count(), world.mail.sent().len()), (1, 1, 1));
        let file = list(&world, None).await[0].feedback.screenshot_file_id.unwrap();
        assert_eq!(world.files.get(file).await.unwrap().0.length, 1000);
    });
}

#[test]
fn feedback_is_paged_newest_first() {
    block_on(async {
        let world = world().await;
        for n in 0..5 {
            let input = feedback(&n.to_string(), None);
            world.hdip.give_product_feedback(&world.as_owner(), input).await.unwrap();
        }
        let (mut seen, mut page) = (Vec::new(), Page::first(2));
        loop {
            let part = world.hdip.product_feedback(&world.as_operator(), None, &page).await.unwrap();
            seen.extend(part.items.into_iter().map(|view| view.feedback.text));
            match part.next_cursor {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, ["4", "3", "2", "1", "0"]);
    });
}
