//! The words of the API (states, roles, scopes) as constants. The client takes and gives them as strings, so
//! that a word the server learns later breaks nobody.

use serde_json::Value;
use std::fmt::Write;

/// A module with one module for every enumeration of strings among the document's schemas.
pub fn constants(document: &Value) -> String {
    let mut code = String::from(
        "/// The words known when this client was made; the server may learn more.\npub mod vocabulary {\n",
    );
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let words: Vec<&str> =
            schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if words.is_empty() {
            continue;
        }
        let about = schema["description"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(code, "    /// {about}\n    pub mod {} {{", snake(name));
        for word in words {
            let constant = word.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let _ = writeln!(code, "        pub const {constant}: &str = {word:?};");
        }
        code.push_str("    }\n");
    }
    code.push_str("}\n");
    code
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (place, c) in name.chars().enumerate() {
        if c.is_uppercase() && place > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_enumeration_becomes_a_module_of_constants() {
        let schemas = json!({
            "KeyScope": {"type": "string", "enum": ["hiring:read", "x"], "description": "What for.\nMore."},
            "Job": {"type": "object"},
        });
        let code = constants(&json!({"components": {"schemas": schemas}}));
        assert!(code.contains("    /// What for.\n    pub mod key_scope {\n"), "{code}");
        assert!(code.contains("        pub const HIRING_READ: &str = \"hiring:read\";\n"), "{code}");
        assert!(!code.contains("mod job"), "{code}");
    }
}
