//! Writing messages.

use super::{Filler, Match, STAMP, Serializer, code};

/// A whole message.
#[derive(Debug)]
pub struct Message(Vec<u8>);

impl Message {
    /// HELLO with every role.
    pub fn hello(serializer: Serializer, realm: &str) -> Self {
        let roles = ["caller", "callee", "publisher", "subscriber"];
        let roles = Value::Dict(roles.map(|role| (role, Value::Dict(Vec::new()))).into());
        let anonymous = Value::List(vec![Value::Text("anonymous".into())]);
        let details = Value::Dict(vec![("roles", roles), ("authmethods", anonymous)]);
        Self::of(
            serializer,
            code::HELLO,
            vec![Value::Text(realm.into()), details],
        )
    }

    /// GOODBYE.
    pub fn goodbye(serializer: Serializer) -> Self {
        let reason = Value::Text("wamp.close.close_realm".into());
        Self::of(
            serializer,
            code::GOODBYE,
            vec![Value::Dict(Vec::new()), reason],
        )
    }

    /// REGISTER.
    pub fn register(serializer: Serializer, request: u32, uri: &str, policy: Match) -> Self {
        Self::request(serializer, code::REGISTER, request, uri, policy)
    }

    /// SUBSCRIBE.
    pub fn subscribe(serializer: Serializer, request: u32, uri: &str, policy: Match) -> Self {
        Self::request(serializer, code::SUBSCRIBE, request, uri, policy)
    }

    /// Its octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    fn request(serializer: Serializer, code: u64, request: u32, uri: &str, policy: Match) -> Self {
        let options = match policy {
            Match::Exact => Vec::new(),
            other => vec![("match", Value::Text(other.name().into()))],
        };
        let uri = Value::Text(uri.into());
        Self::of(
            serializer,
            code,
            vec![Value::Id(request), Value::Dict(options), uri],
        )
    }

    fn of(serializer: Serializer, code: u64, rest: Vec<Value>) -> Self {
        let mut out = Vec::new();
        let mut elements = vec![Value::Id(code as u32)];
        elements.extend(rest);
        Value::List(elements).write(serializer, &mut out);
        Self(out)
    }
}

/// A message with an id and a stamp left open.
#[derive(Clone, Debug)]
pub struct Template {
    serializer: Serializer,
    /// Up to the id.
    before: Vec<u8>,
    /// From the id to the stamp.
    between: Vec<u8>,
    /// What follows the stamp.
    after: Vec<u8>,
}

/// Stands for the id until the template is cut there.
const ID: u32 = 4_000_000_001;

impl Template {
    /// CALL.
    pub fn call(serializer: Serializer, procedure: &str, filler: &Filler) -> Self {
        let options = Value::Dict(Vec::new());
        Self::of(
            serializer,
            code::CALL,
            vec![options, Value::Text(procedure.into())],
            filler,
        )
    }

    /// PUBLISH, unacknowledged.
    pub fn publish(serializer: Serializer, topic: &str, filler: &Filler) -> Self {
        let options = Value::Dict(Vec::new());
        Self::of(
            serializer,
            code::PUBLISH,
            vec![options, Value::Text(topic.into())],
            filler,
        )
    }

    /// YIELD.
    pub fn answer(serializer: Serializer, filler: &Filler) -> Self {
        Self::of(
            serializer,
            code::YIELD,
            vec![Value::Dict(Vec::new())],
            filler,
        )
    }

    /// Gives `send` the message with this id and stamp, in parts.
    pub fn fill(&self, id: u64, stamp: &[u8; STAMP], send: impl FnOnce(&[&[u8]])) {
        let mut digits = itoa::Buffer::new();
        let mut octets = [0; 9];
        let id = match self.serializer {
            Serializer::Json => digits.format(id).as_bytes(),
            Serializer::Msgpack => uint(id, 0xCE, 0xCF, &mut octets),
            Serializer::Cbor => uint(id, 0x1A, 0x1B, &mut octets),
        };
        send(&[&self.before, id, &self.between, stamp, &self.after]);
    }

    fn of(serializer: Serializer, code: u64, middle: Vec<Value>, filler: &Filler) -> Self {
        let mut text = vec![b'*'; STAMP];
        text.extend_from_slice(filler.rest());
        let mut elements = vec![Value::Id(code as u32), Value::Id(ID)];
        elements.extend(middle);
        elements.push(Value::List(vec![Value::Text(text)]));
        let mut whole = Vec::new();
        Value::List(elements).write(serializer, &mut whole);
        let mut id = Vec::new();
        Value::Id(ID).write(serializer, &mut id);
        let (before, rest) = cut(&whole, &id);
        let (between, after) = cut(rest, &[b'*'; STAMP]);
        Self {
            serializer,
            before: before.to_vec(),
            between: between.to_vec(),
            after: after.to_vec(),
        }
    }
}

/// What is before and after `part`, which the template has just put there.
fn cut<'a>(whole: &'a [u8], part: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = memchr::memmem::find(whole, part).unwrap_or(0);
    (&whole[..at], &whole[at + part.len()..])
}

/// An unsigned number after the type octet of four or of eight octets.
fn uint(number: u64, four: u8, eight: u8, out: &mut [u8; 9]) -> &[u8] {
    if let Ok(number) = u32::try_from(number) {
        out[0] = four;
        out[1..5].copy_from_slice(&number.to_be_bytes());
        &out[..5]
    } else {
        out[0] = eight;
        out[1..].copy_from_slice(&number.to_be_bytes());
        out
    }
}

/// What messages are made of.
enum Value {
    Id(u32),
    Text(Vec<u8>),
    List(Vec<Self>),
    Dict(Vec<(&'static str, Self)>),
}

impl Value {
    fn write(&self, serializer: Serializer, out: &mut Vec<u8>) {
        match serializer {
            Serializer::Json => self.write_json(out),
            Serializer::Msgpack => self.write_msgpack(out),
            Serializer::Cbor => self.write_cbor(out),
        }
    }

    /// Texts have nothing in them that would have to be escaped.
    fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Id(id) => out.extend_from_slice(id.to_string().as_bytes()),
            Self::Text(text) => {
                out.push(b'"');
                out.extend_from_slice(text);
                out.push(b'"');
            }
            Self::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    out.push(if number == 0 { b'[' } else { b',' });
                    item.write_json(out);
                }
                out.push(b']');
            }
            Self::Dict(entries) => {
                out.push(b'{');
                for (number, (key, value)) in entries.iter().enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    Self::Text(key.as_bytes().to_vec()).write_json(out);
                    out.push(b':');
                    value.write_json(out);
                }
                out.push(b'}');
            }
        }
    }

    fn write_msgpack(&self, out: &mut Vec<u8>) {
        match self {
            Self::Id(id @ 0..=127) => out.push(*id as u8),
            Self::Id(id) => {
                out.push(0xCE);
                out.extend_from_slice(&id.to_be_bytes());
            }
            Self::Text(text) => {
                match text.len() {
                    short @ 0..=31 => out.push(0xA0 | short as u8),
                    medium @ 32..=255 => out.extend_from_slice(&[0xD9, medium as u8]),
                    long => {
                        out.push(0xDB);
                        out.extend_from_slice(&(long as u32).to_be_bytes());
                    }
                }
                out.extend_from_slice(text);
            }
            Self::List(items) => {
                out.push(0x90 | items.len() as u8);
                for item in items {
                    item.write_msgpack(out);
                }
            }
            Self::Dict(entries) => {
                out.push(0x80 | entries.len() as u8);
                for (key, value) in entries {
                    Self::Text(key.as_bytes().to_vec()).write_msgpack(out);
                    value.write_msgpack(out);
                }
            }
        }
    }

    fn write_cbor(&self, out: &mut Vec<u8>) {
        match self {
            Self::Id(id) => cbor_head(0x00, *id, out),
            Self::Text(text) => {
                cbor_head(0x60, text.len() as u32, out);
                out.extend_from_slice(text);
            }
            Self::List(items) => {
                cbor_head(0x80, items.len() as u32, out);
                for item in items {
                    item.write_cbor(out);
                }
            }
            Self::Dict(entries) => {
                cbor_head(0xA0, entries.len() as u32, out);
                for (key, value) in entries {
                    Self::Text(key.as_bytes().to_vec()).write_cbor(out);
                    value.write_cbor(out);
                }
            }
        }
    }
}

fn cbor_head(major: u8, number: u32, out: &mut Vec<u8>) {
    match number {
        0..=23 => out.push(major | number as u8),
        24..=255 => out.extend_from_slice(&[major | 24, number as u8]),
        _ => {
            out.push(major | 26);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}
