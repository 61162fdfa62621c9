//! Who acts: organisations, their people, and what each person is charged with.
//!
//! Home of 《永州市政务大数据管理办法》 art. 3, art. 5, art. 7 and art. 40.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{OrgId, UserId},
    words,
};

words! {
    /// The level of government an organisation and its catalogue belong to (art. 5, art. 10).
    pub enum Level {
        /// 市级.
        City = "city" "市级",
        /// 县级.
        County = "county" "县级",
    }
}

words! {
    /// What an organisation is under the regulation.
    pub enum OrgKind {
        /// The data authority of its level (art. 6).
        Authority = "authority" "政务数据主管部门",
        /// A government department (art. 3 (一)).
        Agency = "agency" "政务部门",
        /// Central and provincial units stationed in the city (art. 40), by reference.
        Stationed = "stationed" "驻永单位",
        /// A public-service company: water, power, gas … (art. 40), by reference.
        PublicService = "public-service" "公共服务企业",
    }
}

words! {
    /// What a person is charged with. One person may have several.
    pub enum Role {
        /// Compiles and updates the catalogue of the own agency (art. 11).
        Cataloguer = "cataloguer" "编目员",
        /// Delivers data, registers systems and their application keys (art. 16).
        Engineer = "engineer" "数据工程师",
        /// Applies for data and uses it for the agency's duties (art. 18, art. 19).
        Clerk = "clerk" "业务经办人",
        /// Gives the provider's opinion, suspends and terminates grants (art. 18, art. 19).
        Head = "head" "部门负责人",
        /// The authority's reviewer: publishes entries, decides requests and disputes (art. 11, 12, 18).
        Reviewer = "reviewer" "主管部门审核员",
        /// The designated department that confirms share kinds (art. 17).
        Confirmer = "confirmer" "指定部门审核确认人",
        /// Reads everything but data, and verifies the evidence (art. 6).
        Auditor = "auditor" "监督审计员",
        /// Keeps accounts, organisations and the calendar; sees no data.
        Administrator = "administrator" "系统管理员",
    }
}

words! {
    /// The capacity in which one acts in a case. Which offices a person holds there follows from the person's
    /// roles and organisation; `permission::offices` says how.
    pub enum Office {
        /// The data authority of the level on which the matter lies (art. 6).
        Authority = "authority" "政务数据主管部门",
        /// The department that compiles the entry; of a base or theme entry, the lead (art. 11).
        Compiler = "compiler" "编制部门",
        /// A department that compiles a base or theme entry with the lead (art. 11).
        CoCompiler = "co-compiler" "会同编制部门",
        /// The department the government designated to confirm share kinds (art. 17).
        Confirmer = "confirmer" "指定的审核确认部门",
        /// The department using shared data (art. 18).
        Consumer = "consumer" "使用部门",
        /// The department the data comes from (art. 18).
        Provider = "provider" "提供部门",
        /// The head of that department.
        ProviderHead = "provider-head" "提供部门负责人",
        /// A citizen, company or other body (art. 34).
        Objector = "objector" "异议提出人",
        /// A registered citizen or organisation that asks for conditionally opened data (art. 26).
        Applicant = "applicant" "申请人",
    }
}

/// An organisation, as far as the rules care.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its full name, such as 永州市民政局.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// City or county.
    pub level: Level,
    /// Six-digit division code it works in, such as 431100.
    pub region: String,
    /// Its unified social credit code, 18 characters (GB 32100): the provider code of its entries.
    pub credit_code: String,
    /// The classification code its department entries are numbered under (前段码), such as 30702101.
    pub front_code: String,
    /// The data authority of its level; an authority names itself.
    pub authority: OrgId,
    /// The department designated to confirm share kinds at its level (art. 17).
    pub confirmer: OrgId,
}

/// The person who acts, loaded with the session; every decision of `rules` is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The name people read.
    pub name: String,
    /// For whom.
    pub org: Org,
    /// Charged with what.
    pub roles: Vec<Role>,
}

impl Actor {
    /// Whether this person is charged with `role`.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
