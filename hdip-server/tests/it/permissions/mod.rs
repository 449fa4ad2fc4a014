//! Who may do what: every operation of the document, tried by everybody through the real router, on one's own
//! things, on another tenant's, and on things that do not exist.
//!
//! The tables are golden files: `table.md` and `exposure.md` beside this file. After a change, or a new
//! operation, `INSTA_UPDATE=always cargo test -p hdip-server --all-features --test it permissions` writes them
//! anew; read the difference before committing it. What an operation is tried with is in `arguments`.

mod arguments;
mod around;
mod cast;
mod exposure;
mod people;

use crate::openapi::{document, operations};
use crate::stage::Answer;
use arguments::Try;
use axum::http::Method;
use cast::{Cast, Person, Things};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One way of one operation.
struct Operation {
    id: String,
    method: Method,
    path: String,
    tag: String,
    take: Try,
}

impl Operation {
    fn name(&self) -> String {
        match self.take.variant {
            "" => self.id.clone(),
            variant => format!("{} ({variant})", self.id),
        }
    }

    fn by_link(&self) -> bool {
        self.path.starts_with("/v1/links/")
    }

    /// Address and body, with `$` words for things.
    fn template(&self) -> (String, Value) {
        let parts: Vec<&str> = self.path.split('/').collect();
        let mut address = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            let Some(parameter) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                address.push((*part).to_owned());
                continue;
            };
            let named = self.take.path.iter().find(|(name, _)| *name == parameter);
            let thing = named.map(|(_, thing)| format!("${thing}"));
            let before = parts[..place].iter().rev().find(|part| !part.starts_with('{')).unwrap_or(&"");
            address.push(thing.unwrap_or_else(|| {
                let known = arguments::thing(before, parameter);
                known.unwrap_or_else(|| panic!("{}: say in arguments.rs what {part} is", self.id)).to_owned()
            }));
        }
        let query = if self.take.query.is_empty() { String::new() } else { format!("?{}", self.take.query) };
        (address.join("/") + &query, self.take.body.clone())
    }

    /// Whether it names a thing that another tenant has, too.
    fn names_things(&self) -> bool {
        let (address, body) = self.template();
        let text = address + &body.to_string();
        let others = [
            "$link",
            "$email",
            "$refresh_token",
            "$sign_in",
            "$hold",
            "$background_job",
            "$staff",
            "$other_staff",
        ];
        text.split('$').skip(1).any(|rest| !others.iter().any(|other| format!("${rest}").starts_with(other)))
    }
}

fn all() -> Vec<Operation> {
    let mut all = Vec::new();
    for (method, path, operation) in operations(&document()) {
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        let id = word(&operation["operationId"]);
        for take in arguments::of(&id) {
            all.push(Operation {
                id: id.clone(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                tag: word(&operation["tags"][0]),
                take,
            });
        }
    }
    all
}

/// Puts things in the place of `$` words.
fn fill(text: &str, things: &[&Things]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        filled += &rest[..place];
        let word = &rest[place + 1..];
        let end = word.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(word.len());
        let (name, after) = word.split_at(end);
        let thing = things.iter().find_map(|things| things.get(name));
        filled += thing.unwrap_or_else(|| panic!("there is no ${name} in the staged world"));
        rest = after;
    }
    filled + rest
}

/// The same things under ids nobody has.
fn missing(things: &Things) -> Things {
    let nobody = |id: &String| match id.split_once('_') {
        Some((prefix, rest)) if rest.len() == 26 => format!("{prefix}_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        _ => id.clone(),
    };
    things.iter().map(|(name, id)| (name.clone(), nobody(id))).collect()
}

impl Cast {
    async fn attempt(&self, operation: &Operation, person: &Person, things: &Things) -> Answer {
        self.again();
        let (address, body) = operation.template();
        let known = [&person.things, things];
        let address = fill(&address, &known);
        let body = match body {
            Value::Null => Value::Null,
            body => serde_json::from_str(&fill(&body.to_string(), &known)).expect("JSON"),
        };
        let bearer = person.bearer.as_deref();
        let answer = self.stage.bearing(bearer, operation.method.clone(), &address, body).await;
        let status = answer.status.as_u16();
        assert!(
            status < 500 || operation.id == "ready",
            "{} as {}: {}",
            operation.name(),
            person.name,
            answer.body
        );
        answer
    }
}

/// `200`, `404`, or a status with its code where the status does not say it.
fn cell(answer: &Answer) -> String {
    let status = answer.status.as_u16();
    let code = serde_json::from_str::<Value>(&answer.body).ok().and_then(|body| {
        let code = body["code"].as_str()?;
        (status >= 400).then(|| code.to_owned())
    });
    match (status, code.as_deref()) {
        (401, Some("unauthenticated")) | (403, Some("forbidden")) | (404, Some("not_found")) | (_, None) => {
            status.to_string()
        }
        (status, Some(code)) => format!("{status} {code}"),
    }
}

/// An answer without what differs between two requests: the request's id, and the ids asked for.
fn comparable(answer: &Answer, asked: &Things) -> (u16, Value) {
    let mut text = answer.body.clone();
    for id in asked.values().filter(|id| id.contains('_')) {
        text = text.replace(id.as_str(), "…");
    }
    let mut body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if let Value::Object(fields) = &mut body {
        fields.remove("request_id");
    }
    (answer.status.as_u16(), body)
}

/// Compares with the golden file, or writes it; what is wrong.
fn golden(name: &str, text: &str) -> Option<String> {
    let path = format!("{}/tests/it/permissions/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|wish| wish == "always") {
        std::fs::write(&path, text).expect("the golden file is written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (before, now) = (lines(&known), lines(text));
    let gone = before.difference(&now).map(|line| format!("\n- {line}"));
    let new = now.difference(&before).map(|line| format!("\n+ {line}"));
    let difference: String = gone.chain(new).collect();
    (known != text).then(|| {
        format!("{name} has changed; if that is meant, write it anew with INSTA_UPDATE=always{difference}")
    })
}

fn row(out: &mut String, first: &str, cells: impl IntoIterator<Item = String>) {
    writeln!(out, "| {first} | {} |", cells.into_iter().collect::<Vec<_>>().join(" | ")).expect("a text");
}

fn head(out: &mut String, first: &str, columns: &[&str]) {
    row(out, first, columns.iter().map(|column| (*column).to_owned()));
    row(out, "---", columns.iter().map(|_| "---".to_owned()));
}

#[tokio::test]
async fn every_role_is_answered_as_the_table_says() {
    let cast = Cast::new().await;
    let all = all();
    let mut seen = exposure::Seen::default();
    let mut succeeded: BTreeSet<&str> = BTreeSet::new();
    let mut leaks = Vec::new();
    let mut text = String::from(INTRODUCTION);
    let columns: Vec<&str> = cast.people.iter().map(|person| person.name).collect();
    let tags: BTreeMap<&str, Vec<&Operation>> = {
        let mut tags: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
        for operation in all.iter().filter(|operation| !operation.by_link()) {
            tags.entry(&operation.tag).or_default().push(operation);
        }
        tags
    };
    let strange = &cast.sets["b"];
    let nobodys = missing(strange);
    for (tag, operations) in tags {
        writeln!(text, "\n## {tag}\n").expect("a text");
        head(&mut text, "operation", &columns);
        for operation in operations {
            let mut cells = Vec::new();
            for person in &cast.people {
                let own = cast.attempt(operation, person, &cast.sets[person.own]).await;
                if own.status.is_success() {
                    succeeded.insert(&operation.id);
                    seen.read(&operation.id, person, &own.body);
                    if !person.operator {
                        leaks.extend(
                            foreign_words(strange, person, &own.body)
                                .map(|word| format!("{} as {}: {word}", operation.name(), person.name)),
                        );
                    }
                }
                let mut said = cell(&own);
                if operation.names_things() && own.status != 401 {
                    let theirs = cast.attempt(operation, person, strange).await;
                    if cell(&theirs) != said {
                        said = format!("{said} / {}", cell(&theirs));
                    }
                    if person.operator {
                        if theirs.status.is_success() {
                            succeeded.insert(&operation.id);
                        }
                        cells.push(said);
                        continue;
                    }
                    let none = cast.attempt(operation, person, &nobodys).await;
                    if comparable(&theirs, strange) != comparable(&none, &nobodys) {
                        leaks.push(format!(
                            "{} as {}: another tenant's is answered {}, none {}",
                            operation.name(),
                            person.name,
                            theirs.body,
                            none.body
                        ));
                    }
                }
                cells.push(said);
            }
            row(&mut text, &operation.name(), cells);
        }
    }
    links(&cast, &all, &mut text, &mut seen, &mut succeeded).await;
    keys(&cast, &all, &mut text, &mut seen).await;
    let nobody = all.iter().map(|operation| &*operation.id).filter(|id| {
        let known = arguments::SUCCEEDS_FOR_NOBODY.iter().any(|(known, _)| known == id);
        // Either way round: an exception that is none any more is to go.
        succeeded.contains(id) == known
    });
    let nobody: BTreeSet<&str> = nobody.collect();
    let mut wrong: Vec<String> = leaks;
    wrong.extend(
        nobody.iter().map(|id| format!("{id} succeeds for nobody; give it arguments in arguments.rs")),
    );
    wrong.extend(seen.wrong());
    // All at once: one run says everything.
    wrong.extend(golden("table.md", &text));
    wrong.extend(golden("exposure.md", &seen.document()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands in an answer and belongs to the other tenant.
fn foreign_words<'a>(
    things: &'a Things,
    person: &Person,
    body: &'a str,
) -> impl Iterator<Item = &'a String> + use<'a> {
    // The operator's own things and what both have are no secret; interviewers are called by every client.
    let called = person.name.starts_with("interviewer,");
    let shared = [
        "background_job",
        "other_interviewer",
        "staff",
        "other_staff",
        if called { "interview_open" } else { "" },
    ];
    things
        .iter()
        .filter(move |(name, _)| !shared.contains(&name.as_str()))
        .map(|(_, id)| id)
        .filter(move |id| body.contains(id.as_str()))
}

/// The holders of links: each operation with every token.
async fn links<'a>(
    cast: &Cast,
    all: &'a [Operation],
    text: &mut String,
    seen: &mut exposure::Seen,
    succeeded: &mut BTreeSet<&'a str>,
) {
    writeln!(text, "\n## Links\n\nThe token stands in the path; nobody says who they are.\n")
        .expect("a text");
    let columns: Vec<&str> = cast.links.iter().map(|link| link.name).collect();
    head(text, "operation", &columns);
    for operation in all.iter().filter(|operation| operation.by_link()) {
        let mut cells = Vec::new();
        for link in &cast.links {
            let answer = cast.attempt(operation, link, &cast.sets["a"]).await;
            if answer.status.is_success() {
                succeeded.insert(&operation.id);
                seen.read(&operation.id, link, &answer.body);
            }
            cells.push(cell(&answer));
        }
        row(text, &operation.name(), cells);
    }
}

/// What a key with one scope may do; operations no key may do are left out.
async fn keys(cast: &Cast, all: &[Operation], text: &mut String, seen: &mut exposure::Seen) {
    writeln!(text, "\n## API keys with one scope\n\nWhat is not listed no such key can do.\n")
        .expect("a text");
    let columns: Vec<&str> = cast.keys.iter().map(|key| key.name).collect();
    head(text, "operation", &columns);
    for operation in all.iter().filter(|operation| !operation.by_link()) {
        let mut cells = Vec::new();
        for key in &cast.keys {
            let answer = cast.attempt(operation, key, &cast.sets["a"]).await;
            if answer.status.is_success() {
                seen.read(&operation.id, key, &answer.body);
            }
            cells.push(cell(&answer));
        }
        if cells.iter().any(|cell| cell.starts_with('2')) {
            row(text, &operation.name(), cells);
        }
    }
}

#[tokio::test]
async fn the_staged_world_is_the_same_before_every_attempt() {
    let cast = Cast::new().await;
    let owner = &cast.people[2];
    let cancel = Operation {
        id: "cancel_interview".into(),
        method: Method::POST,
        path: "/v1/interviews/{id}/cancel".into(),
        tag: "scheduling".into(),
        take: Try { body: json!({"late_ok": true}), ..Try::default() },
    };
    for _ in 0..2 {
        assert_eq!(cast.attempt(&cancel, owner, &cast.sets["a"]).await.status, 200);
    }
    // What the snapshot is for: without it the second attempt meets what the first did.
    let path = fill("/v1/interviews/$interview/cancel", &[&cast.sets["a"]]);
    let bearer = owner.bearer.as_deref();
    let again = cast.stage.bearing(bearer, Method::POST, &path, json!({"late_ok": true})).await;
    assert_eq!(cell(&again), "409 wrong_interview_state");
}

const INTRODUCTION: &str = "# Who may do what

Written by the test `permissions` from the OpenAPI document; see `mod.rs` for how. A cell is the status of the
answer, with the problem's code where the status alone does not say it (401 unauthenticated, 403 forbidden,
404 not_found). Behind a slash: the answer on another tenant's things, where it differs. That it is the same as
on things that do not exist is checked for everybody but the operator's staff.
";
