//! Doubts about records of the population, one at every stage (art. 21).

use app::{
    calls::{self, CallError},
    cases::Answers,
    corrections::{self, Doubt},
};
use jiff::{SignedDuration, Timestamp};
use rules::ids::{CaseId, GrantId};
use serde_json::json;
use synthetic::Population;

use crate::demo::{
    calls::Keys,
    data,
    story::{Outcome, Teller},
};

/// Valid people of 道县, whom both the pension and the insurance system may ask for.
fn people(people: u64) -> Vec<String> {
    let all = Population::new(people.min(4_000), 5, data::POPULATION_SEED).filter(|it| it.fault.is_none());
    let here = all.filter(|it| it.person.0[5] == "431124");
    here.map(|it| it.person.0[0].clone()).skip(3).take(5).collect()
}

impl Teller<'_> {
    /// Both agencies receive the records, one doubts them, and the provider answers.
    pub async fn corrections(
        &self,
        keys: &Keys,
        outcome: &Outcome,
        all: u64,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let people = people(all);
        let (pension, insurance) = (&outcome.grants["pension"], &outcome.grants["insurance"]);
        for (n, identity) in people.iter().enumerate() {
            let at = self.working_days_ago(15) + SignedDuration::from_secs(n as i64 * 60);
            self.ask(&keys.pension, pension, identity, at).await?;
            self.ask(&keys.insurance, insurance, identity, at).await?;
        }
        let doubts = [
            ("address", "住址与认证时出示的居住证不一致。", 1),
            ("mobile", "号码已停机，本人称从未使用。", 8),
            ("name", "姓名中疑有生僻字录入错误。", 9),
            ("address", "所在村已撤并，住址应为新村名。", 12),
            ("gender", "性别与档案记载不一致。", 11),
        ];
        let mut cases: Vec<CaseId> = Vec::new();
        for (identity, (item, words, n)) in people.iter().zip(doubts) {
            let doubt = Doubt {
                key: [("id_card".to_owned(), identity.clone())].into(),
                item: item.into(),
                words: words.into(),
            };
            let ctx = self.ctx("renshe", n);
            cases.push(corrections::doubt(self.city, &ctx, pension, doubt).await?.case);
        }
        // The first is open, the second overdue, the third extended; then one corrected and one upheld.
        let [_, _, extended, corrected, upheld] = &cases[..] else {
            return Ok(());
        };
        let longer = Answers::default()
            .with("days", "10")
            .with("reason", "需调阅原始户籍档案并走访核实。");
        self.step("gongan.head", 6, extended, "extend", longer).await?;
        let right = Answers::default()
            .with("text", "经核实，该村已撤并，住址已更正。")
            .with("value", "永州市道县濂溪街道人民路12号");
        self.step("gongan", 9, corrected, "correct", right).await?;
        let stands = Answers::default().with("text", "经核对户籍档案和证件，登记无误。");
        self.step("gongan", 8, upheld, "uphold", stands).await?;
        Ok(())
    }

    async fn ask(&self, key: &str, grant: &GrantId, identity: &str, at: Timestamp) -> Result<(), CallError> {
        let caller = calls::authenticate(self.city, Some(key), at).await?;
        let ask = json!({ "purpose": "basis", "matter": "办件-核验", "where": { "id_card": identity } });
        calls::query(self.city, &caller, grant, ask.to_string().as_bytes(), at)
            .await
            .map(|_| ())
    }
}
