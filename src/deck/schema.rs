//! The deck format as JSON schema, made from the one table of keys, so that an editor knows what the parser knows.
//!
//! The schema is draft-07, which every TOML language server speaks. It may take what the parser refuses where a schema
//! cannot tell (a date in quotes, two cards with one id), and never refuses what the parser takes.

use serde_json::{Map, Value, json};

use super::keys::TABLES;
use crate::grammar::{ID_PATTERN, Key, LONGEST_LIMIT, Shape, Table, item};

/// The schema of a deck file.
pub(crate) fn schema() -> Value {
    let tables: Map<String, Value> = TABLES.iter().map(|spec| (spec.name.to_owned(), table(spec))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A deck of rehearse",
        "type": "object",
        "properties": tables,
        "additionalProperties": false,
    })
}

fn table(table: &Table) -> Value {
    let described = |value: Value| with(value, &[("title", &table.header()), ("description", table.doc)]);
    let one = object(table.keys.iter());
    described(if table.many { json!({ "type": "array", "items": one }) } else { one })
}

/// A table of these keys and no others.
fn object<'k>(keys: impl Iterator<Item = &'k Key> + Clone) -> Value {
    let needed: Vec<&str> = keys.clone().filter(|key| key.required).map(|key| key.name).collect();
    let keys: Map<String, Value> =
        keys.map(|key| (key.name.to_owned(), with(shape(&key.shape), &[("description", key.doc)]))).collect();
    json!({ "type": "object", "properties": keys, "required": needed, "additionalProperties": false })
}

/// A schema with words for whoever edits: first, as they are what is read.
fn with(schema: Value, words: &[(&str, &str)]) -> Value {
    let mut whole: Map<String, Value> = words.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    if let Value::Object(schema) = schema {
        whole.extend(schema);
    }
    Value::Object(whole)
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Words => json!({ "type": "string", "pattern": r"[^ \t\r\n]" }),
        Shape::Texts => list(self::shape(&Shape::Text)),
        Shape::ManyWords => list(self::shape(&Shape::Words)),
        Shape::TextOrTexts => json!({ "anyOf": [self::shape(&Shape::Text), self::shape(&Shape::Texts)] }),
        Shape::NameOrTexts(names) => {
            json!({ "anyOf": [self::shape(&Shape::OneOf(names)), self::shape(&Shape::Texts)] })
        }
        Shape::Id => json!({ "type": "string", "pattern": ID_PATTERN }),
        Shape::Ids => list(self::shape(&Shape::Id)),
        Shape::OneOf(words) => json!({ "type": "string", "enum": words }),
        Shape::ManyOf(words) => list(json!({ "type": "string", "enum": words })),
        Shape::Items(name) => {
            let (_, keys) = item(name);
            list(json!({ "anyOf": [self::shape(&Shape::Words), object(keys.into_iter())] }))
        }
        Shape::Seconds => {
            // White space of any sort may stand around it; regular expressions do not agree on what that is.
            let text = json!({ "type": "string", "pattern": "^[^!-~]*[0-9]{1,6}(s|m|m[0-9]{1,6}s)?[^!-~]*$" });
            json!({ "anyOf": [self::shape(&Shape::Whole(1..=LONGEST_LIMIT)), text] })
        }
        Shape::Whole(range) => json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() }),
        Shape::Wholes(range) => list(self::shape(&Shape::Whole(range.clone()))),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Day => day(),
        Shape::Days => list(day()),
        Shape::FlagOrDay => json!({ "anyOf": [self::shape(&Shape::Flag), day()] }),
        Shape::TimeOfDay => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
    }
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// A date, or a date and time. JSON has none: some editors go by the format, others see a text.
fn day() -> Value {
    let date = "^[0-9]{4}-[0-9]{2}-[0-9]{2}";
    let form =
        |format: &str, rest: &str| json!({ "type": "string", "format": format, "pattern": format!("{date}{rest}") });
    json!({ "anyOf": [form("date", "$"), form("date-time-local", "[Tt ]"), form("date-time", "[Tt ]")] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_key_is_there_with_its_words() {
        let schema = schema();
        for table in TABLES {
            let own = &schema["properties"][table.name];
            assert_eq!((own["title"].as_str(), own["description"].as_str()), (Some(&*table.header()), Some(table.doc)));
            let own = if table.many { &own["items"] } else { own };
            assert_eq!(own["additionalProperties"], false);
            for key in table.keys {
                assert_eq!(own["properties"][key.name]["description"], key.doc, "{}.{}", table.name, key.name);
                let needed = own["required"].as_array().unwrap().contains(&json!(key.name));
                assert_eq!(needed, key.required, "{}.{}", table.name, key.name);
            }
        }
    }
}
