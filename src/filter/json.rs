//! The JSON dialect of filters.

use crate::{Error, Filter};

impl Filter {
    /// Reads the JSON dialect.
    ///
    /// # Errors
    ///
    /// Each fault with its place.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        let _ = json.as_ref();
        todo!()
    }

    /// Writes the JSON dialect.
    #[must_use]
    pub fn to_json(&self) -> String {
        todo!()
    }
}

impl serde::Serialize for Filter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::value::RawValue::from_string(self.to_json())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Filter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(value.to_string()).map_err(serde::de::Error::custom)
    }
}
