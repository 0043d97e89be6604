//! Makes data of where lines came from.

use bstr::ByteSlice;
use gostd::value::Value;
use serde::Serialize;
use statefulchart::provenance::{self, Condition, Line, Spot};

use super::super::values_where::{State, json_of, states};
use super::{ReadValue, Why};

#[derive(Serialize)]
pub(super) struct LineData {
    resource: String,
    line: usize,
    text: String,
    template: Option<SpotData>,
    calls: Vec<CallData>,
    values: Vec<ValueData>,
    conditions: Vec<ConditionData>,
}

#[derive(Serialize)]
pub(super) struct MissingData {
    pub(super) file: String,
    /// The dependency that is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dependency: Option<String>,
    pub(super) conditions: Vec<ConditionData>,
    /// What disables the dependency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<ValueData>,
}

#[derive(Serialize)]
struct SpotData {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct CallData {
    name: String,
    at: SpotData,
}

#[derive(Serialize)]
pub(super) struct ValueData {
    path: String,
    read: &'static str,
    value: Option<serde_json::Value>,
    settings: Vec<SettingData>,
}

#[derive(Serialize)]
struct SettingData {
    place: String,
    value: Option<serde_json::Value>,
    is_in_force: bool,
}

#[derive(Serialize)]
pub(super) struct ConditionData {
    why: &'static str,
    at: SpotData,
    text: String,
    values: Vec<ValueData>,
}

impl Why<'_> {
    pub(super) fn data(&self, line: &Line<'_>) -> LineData {
        let facts = self.provenance.facts(line);
        LineData {
            resource: self.title(line.document),
            line: line.number,
            text: line.text.to_str_lossy().into_owned(),
            template: facts.spot.as_ref().map(|spot| self.spot(spot)),
            calls: facts
                .calls
                .iter()
                .map(|(spot, name)| CallData { name: name.to_string(), at: self.spot(spot) })
                .collect(),
            values: self.values(&facts.read).iter().map(|value| self.value_data(value)).collect(),
            conditions: facts.conditions.iter().map(|c| self.condition(c)).collect(),
        }
    }

    fn spot(&self, spot: &Spot) -> SpotData {
        SpotData {
            file: self.shown.template(&spot.template.to_string_lossy()),
            line: spot.line,
            column: spot.column,
        }
    }

    pub(super) fn value_data(&self, value: &ReadValue<'_>) -> ValueData {
        let json = |value: &Value| serde_json::from_str(&json_of(value)).ok();
        ValueData {
            path: value.path.clone(),
            read: provenance::read_word(value.access.read),
            value: value.value.as_ref().and_then(json),
            settings: value.answer.as_ref().map_or(Vec::new(), |answer| {
                states(answer)
                    .map(|(state, setting)| SettingData {
                        place: self.shown.place(setting),
                        value: json(&setting.value),
                        is_in_force: state == State::InForce,
                    })
                    .collect()
            }),
        }
    }

    pub(super) fn condition(&self, condition: &Condition) -> ConditionData {
        ConditionData {
            why: provenance::condition_word(condition.why),
            at: self.spot(&condition.spot),
            text: self.template_line(&condition.spot).trim().to_owned(),
            values: self
                .values(&condition.read)
                .iter()
                .map(|value| self.value_data(value))
                .collect(),
        }
    }
}
