//! The deck format as JSON schema, made from the table of keys, so that an editor knows what the parser knows.
//!
//! The schema is draft-07, which every TOML language server supports. It may accept what the parser rejects if a schema
//! cannot tell the difference (a date in quotes, two cards with one id). It never rejects what the parser accepts.

use serde_json::{Map, Value, json};

use super::keys::TABLES;
use crate::grammar::{ID_PATTERN, Key, LONGEST_LIMIT, Shape, Table, item};

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
    let one = object(table.keys.iter());
    let all = if table.many { list(one) } else { one };
    described(all, &[("title", &table.header()), ("description", table.doc)])
}

fn object<'k>(keys: impl Iterator<Item = &'k Key> + Clone) -> Value {
    let required: Vec<&str> = keys.clone().filter(|key| key.required).map(|key| key.name).collect();
    let keys: Map<String, Value> =
        keys.map(|key| (key.name.to_owned(), described(shape(&key.shape), &[("description", key.doc)]))).collect();
    json!({ "type": "object", "properties": keys, "required": required, "additionalProperties": false })
}

fn described(schema: Value, descriptions: &[(&str, &str)]) -> Value {
    let mut whole: Map<String, Value> =
        descriptions.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    if let Value::Object(schema) = schema {
        whole.extend(schema);
    }
    Value::Object(whole)
}

fn shape(wanted: &Shape) -> Value {
    match wanted {
        Shape::Text => json!({ "type": "string" }),
        Shape::Words => json!({ "type": "string", "pattern": r"[^ \t\r\n]" }),
        Shape::Texts => list(shape(&Shape::Text)),
        Shape::ManyWords => list(shape(&Shape::Words)),
        Shape::TextOrTexts => json!({ "anyOf": [shape(&Shape::Text), shape(&Shape::Texts)] }),
        Shape::NameOrTexts(names) => json!({ "anyOf": [shape(&Shape::OneOf(names)), shape(&Shape::Texts)] }),
        Shape::Id => json!({ "type": "string", "pattern": ID_PATTERN }),
        Shape::Ids => list(shape(&Shape::Id)),
        Shape::OneOf(words) => json!({ "type": "string", "enum": words }),
        Shape::ManyOf(words) => list(json!({ "type": "string", "enum": words })),
        Shape::Items(name) => list(json!({ "anyOf": [shape(&Shape::Words), object(item(name).1.into_iter())] })),
        Shape::Seconds => {
            // Any white space may surround it; regular expression dialects disagree on what that is.
            let text = json!({ "type": "string", "pattern": "^[^!-~]*[0-9]{1,6}(s|m|m[0-9]{1,6}s)?[^!-~]*$" });
            json!({ "anyOf": [shape(&Shape::Whole(1..=LONGEST_LIMIT)), text] })
        }
        Shape::Whole(range) => json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() }),
        Shape::Wholes(range) => list(shape(&Shape::Whole(range.clone()))),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Day => day(),
        Shape::Days => list(day()),
        Shape::FlagOrDay => json!({ "anyOf": [shape(&Shape::Flag), day()] }),
        Shape::TimeOfDay => json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
    }
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Returns the schema of a date, or a date and time. JSON has neither: some editors use the format, others see a string.
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
    fn every_table_and_key_is_described() {
        let schema = schema();
        for table in TABLES {
            let own = &schema["properties"][table.name];
            assert_eq!((own["title"].as_str(), own["description"].as_str()), (Some(&*table.header()), Some(table.doc)));
            let own = if table.many { &own["items"] } else { own };
            assert_eq!(own["additionalProperties"], false);
            for key in table.keys {
                assert_eq!(own["properties"][key.name]["description"], key.doc, "{}.{}", table.name, key.name);
                let required = own["required"].as_array().unwrap().contains(&json!(key.name));
                assert_eq!(required, key.required, "{}.{}", table.name, key.name);
            }
        }
    }
}
