//! The closed vocabularies of an entry: catalogue, share and open kinds, format, cycle, grade.

use jiff::civil::Date;

use crate::words;

/// Gives a vocabulary its default word, the one an empty form starts with.
macro_rules! default_word {
    ($($Name:ident::$Variant:ident),+ $(,)?) => { $(
        impl Default for $Name {
            fn default() -> Self {
                $Name::$Variant
            }
        }
    )+ };
}

words! {
    /// Art. 11: which of the three catalogues an entry belongs to.
    pub enum CatalogueKind {
        /// Population, legal persons, space, credit, certificates.
        Base = "base" "基础数据目录",
        /// A subject that several departments work on.
        Theme = "theme" "主题数据目录",
        /// One department's own.
        Department = "department" "部门数据目录",
    }
}

words! {
    /// Art. 17: how an entry may be shared.
    pub enum ShareKind {
        /// Any agency, at once.
        Unconditional = "unconditional" "无条件共享",
        /// Some agencies, or parts only, on application.
        Conditional = "conditional" "有条件共享",
        /// No agency, but by negotiation.
        NotShared = "not-shared" "不予共享",
    }
}

words! {
    /// Art. 23: how an entry may be opened to the public.
    pub enum OpenKind {
        /// Anybody.
        Unconditional = "unconditional" "无条件开放",
        /// On application.
        Conditional = "conditional" "有条件开放",
        /// Nobody.
        NotOpen = "not-open" "不予开放",
    }
}

words! {
    /// How the shared data reaches its user (guide 9.3).
    pub enum ShareMethod {
        /// A call to the gateway.
        Service = "service" "接口服务",
        /// A table kept in step.
        Table = "table" "库表交换",
        /// A file to fetch.
        File = "file" "文件下载",
    }
}

words! {
    /// Guide 7: the form the resource has at its provider.
    pub enum Format {
        /// A database table.
        Database = "database" "数据库",
        /// A spreadsheet.
        Spreadsheet = "spreadsheet" "电子表格",
        /// A document.
        Document = "document" "电子文件",
        /// An interface of the provider's.
        Service = "service" "服务接口",
    }
}

words! {
    /// Guide 11: how often the data changes; timeliness of a delivery is measured by it (art. 14).
    pub enum UpdateCycle {
        /// 实时.
        Realtime = "realtime" "实时",
        /// 每日.
        Daily = "daily" "每日",
        /// 每周.
        Weekly = "weekly" "每周",
        /// 每月.
        Monthly = "monthly" "每月",
        /// 每季度.
        Quarterly = "quarterly" "每季度",
        /// 每半年.
        HalfYearly = "half-yearly" "每半年",
        /// 每年.
        Yearly = "yearly" "每年",
        /// 不定期.
        Irregular = "irregular" "不定期",
    }
}

impl UpdateCycle {
    /// The longest time between two deliveries, in days; none where the cycle sets none.
    pub fn days_max(self) -> Option<u16> {
        match self {
            UpdateCycle::Realtime | UpdateCycle::Daily => Some(1),
            UpdateCycle::Weekly => Some(7),
            UpdateCycle::Monthly => Some(31),
            UpdateCycle::Quarterly => Some(92),
            UpdateCycle::HalfYearly => Some(184),
            UpdateCycle::Yearly => Some(366),
            UpdateCycle::Irregular => None,
        }
    }

    /// Whether what was last renewed on `last` should have been renewed again by `today`.
    pub fn is_behind(self, last: Date, today: Date) -> bool {
        let days = (today - last).get_days();
        self.days_max().is_some_and(|max| i32::from(max) < days)
    }
}

words! {
    /// 数据分级, GB/T 43697-2024 with the sub-levels of its annex H.
    pub enum Grade {
        /// 一般数据1级.
        General1 = "general-1" "一般数据1级",
        /// 一般数据2级.
        General2 = "general-2" "一般数据2级",
        /// 一般数据3级.
        General3 = "general-3" "一般数据3级",
        /// 一般数据4级.
        General4 = "general-4" "一般数据4级",
        /// 重要数据.
        Important = "important" "重要数据",
        /// 核心数据.
        Core = "core" "核心数据",
    }
}

words! {
    /// Art. 2: state and work secrets are managed elsewhere.
    pub enum Secrecy {
        /// 不涉密.
        None = "none" "不涉密",
        /// 工作秘密.
        WorkSecret = "work-secret" "工作秘密",
        /// 国家秘密.
        StateSecret = "state-secret" "国家秘密",
    }
}

default_word! {
    CatalogueKind::Department, ShareKind::Unconditional, OpenKind::NotOpen, ShareMethod::Service,
    Format::Database, UpdateCycle::Monthly, Grade::General2, Secrecy::None,
}
