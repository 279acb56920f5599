//! The grants a device has, and how long it has each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Grant;

/// The grants of a device, and when those end that do, in seconds since 1970.
///
/// In records and on the wire it is two fields of the device: `grants`, a list, and `grants_until`,
/// which is left out if none ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Fields", into = "Fields")]
pub struct Grants(BTreeMap<Grant, Option<u64>>);

#[derive(Serialize, Deserialize)]
struct Fields {
    grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    grants_until: BTreeMap<Grant, u64>,
}

impl Grants {
    /// Adds a grant, which ends at `until`, if at all. One that was there ends then as well.
    pub fn add(&mut self, grant: Grant, until: Option<u64>) {
        self.0.insert(grant, until);
    }

    /// Every grant and its end, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&Grant, Option<u64>)> {
        self.0.iter().map(|(grant, until)| (grant, *until))
    }

    /// Every grant, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &Grant> {
        self.0.keys()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Grants that do not end.
impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().map(|grant| (grant, None)).collect())
    }
}

/// Grants with their ends.
impl FromIterator<(Grant, Option<u64>)> for Grants {
    fn from_iter<I: IntoIterator<Item = (Grant, Option<u64>)>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

impl From<Fields> for Grants {
    fn from(mut fields: Fields) -> Self {
        let grants = fields.grants.into_iter();
        grants
            .map(|grant| {
                let until = fields.grants_until.remove(&grant);
                (grant, until)
            })
            .collect()
    }
}

impl From<Grants> for Fields {
    fn from(grants: Grants) -> Self {
        let ends = grants.iter();
        let ends = ends.filter_map(|(grant, until)| Some((grant.clone(), until?)));
        Self {
            grants_until: ends.collect(),
            grants: grants.0.into_keys().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Grant, Grants};

    #[test]
    fn grants_are_a_list_and_their_ends_beside_it() {
        let grants = ["slides", "status"].map(|grant| grant.parse::<Grant>().expect("a grant"));
        let mut grants: Grants = grants.into_iter().collect();
        let plain = r#"{"grants":["slides","status"]}"#;
        assert_eq!(serde_json::to_string(&grants).expect("JSON"), plain);
        assert_eq!(
            serde_json::from_str::<Grants>(plain).ok(),
            Some(grants.clone())
        );
        let register: Grant = "register:com.example.".parse().expect("a grant");
        grants.add(register, Some(1_800_000_000));
        let text = serde_json::to_string(&grants).expect("JSON");
        assert_eq!(
            text,
            r#"{"grants":["register:com.example.","slides","status"],"grants_until":{"register:com.example.":1800000000}}"#
        );
        assert_eq!(serde_json::from_str::<Grants>(&text).ok(), Some(grants));
    }

    #[test]
    fn an_end_without_its_grant_grants_nothing() {
        let text = r#"{"grants":[],"grants_until":{"slides":1}}"#;
        let grants: Grants = serde_json::from_str(text).expect("JSON");
        assert!(grants.is_empty());
    }
}
