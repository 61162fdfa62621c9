//! What an entry of the log says, line by line, for people who read it without the platform.

use rules::grant::{CallRefusal, Purpose};
use serde_json::Value;
use store::EventKind;

use crate::{calls::CallRecord, city::ACT};

/// The lines of an entry's body, names first; none of a body that cannot be read. Organisations, systems and entries
/// stand under their ids, as they do in the log.
pub fn told(kind: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let lines = match kind {
        ACT => act(body),
        crate::calls::CALL => call(body),
        _ => None,
    };
    let mut lines = lines.unwrap_or_default();
    lines.retain(|it| !it.1.is_empty());
    lines
}

fn act(body: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let kind = EventKind::parse(body["kind"].as_str()?)?;
    Some(vec![
        ("办理", kind.label().to_owned()),
        ("对象编号", text("subject")),
        ("办理人账号", text("actor")),
        ("部门编号", text("org")),
    ])
}

fn call(body: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let call: CallRecord<'_> = serde_json::from_slice(body).ok()?;
    let outcome = match CallRefusal::parse(call.outcome) {
        Some(refusal) => format!("已拒绝：{}", refusal.label()),
        None if call.is_answered() => format!("已应答，{} 行", call.rows),
        None => call.outcome.to_owned(),
    };
    Some(vec![
        ("操作", call.operation().map_or("", |it| it.label()).to_owned()),
        ("结果", outcome),
        (
            "使用用途",
            Purpose::parse(call.purpose)
                .map_or("", |it| it.label())
                .to_owned(),
        ),
        ("办理事项", call.matter.to_string()),
        ("信息项", call.items.join("、")),
        ("查询条件", call.conditions.join("、")),
        ("授权编号", call.grant.to_owned()),
        ("目录编号", call.entry.to_owned()),
        ("部门编号", call.org.to_owned()),
        ("应用系统编号", call.system.to_owned()),
        ("应用密钥编号", call.key.to_owned()),
        ("请求摘要", call.request.to_owned()),
        ("应答摘要", call.answer.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_in_the_words_of_the_pages() {
        let call = CallRecord {
            operation: "query",
            outcome: crate::calls::ANSWERED,
            purpose: "basis",
            matter: "办件-1".into(),
            items: vec!["name".into(), "born".into()],
            rows: 3,
            ..CallRecord::default()
        };
        let lines = told(crate::calls::CALL, &call.to_body());
        let line = |label: &str| lines.iter().find(|it| it.0 == label).map(|it| it.1.as_str());
        assert_eq!(line("操作"), Some("查询"));
        assert_eq!(line("结果"), Some("已应答，3 行"));
        assert_eq!(line("使用用途"), Some("行政依据"));
        assert_eq!(line("信息项"), Some("name、born"));
        assert_eq!(line("查询条件"), None);
        let refused = CallRecord {
            outcome: "wrong-purpose",
            ..call
        };
        let lines = told(crate::calls::CALL, &refused.to_body());
        assert!(
            lines.contains(&("结果", "已拒绝：使用用途与授权不符".to_owned())),
            "{lines:?}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_in_no_lines() {
        assert!(told(ACT, b"{}").is_empty() && told("other", b"{}").is_empty());
    }
}
