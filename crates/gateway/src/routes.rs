//! The one table of routes.

use axum::routing::{MethodRouter, get, post};

use crate::{Gateway, calls, deliveries, docs, doubts, health, proofs};

/// One address with everything that is said of it.
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With `{name}` where a value stands.
    pub path: &'static str,
    /// The operation's name in the OpenAPI document.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it does, in sentences.
    pub about: &'static str,
    /// Whether an application key is asked for.
    pub needs_key: bool,
    /// Values in the path and behind the question mark.
    pub params: &'static [Param],
    /// The body asked for.
    pub body: Option<Shape>,
    /// What comes back.
    pub answer: Shape,
    /// The codes of refusals it may end in, besides those of the key and `internal`.
    pub errors: &'static [&'static str],
    /// Makes the handler.
    pub(crate) handler: fn() -> MethodRouter<Gateway>,
}

/// A value in the address.
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// `path` or `query`.
    pub place: &'static str,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it means.
    pub about: &'static str,
}

/// What a body looks like.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Its media type.
    pub media: &'static str,
    /// Its JSON schema, as JSON text.
    pub schema: &'static str,
    /// An example; empty where none helps.
    pub example: &'static str,
}

const fn path(name: &'static str, about: &'static str) -> Param {
    Param {
        name,
        place: "path",
        is_required: true,
        about,
    }
}

const fn query(name: &'static str, is_required: bool, about: &'static str) -> Param {
    Param {
        name,
        place: "query",
        is_required,
        about,
    }
}

const fn json(schema: &'static str, example: &'static str) -> Shape {
    Shape {
        media: "application/json",
        schema,
        example,
    }
}

const fn text(media: &'static str) -> Shape {
    Shape {
        media,
        schema: r#"{"type":"string"}"#,
        example: "",
    }
}

const GRANT: Param = path("grant", "授权编号，见“授权”页面。");
const PURPOSE: &str = "使用用途，与授权一致：basis（行政依据）、reference（工作参考）、check（数据校核）、collaboration（业务协同）。";
const MATTER: &str = "事项编号：本次调用办理哪件事。写入存证，不得含个人信息。";

const CALL_ERRORS: &[&str] = &[
    "no-grant",
    "grant-suspended",
    "grant-terminated",
    "not-yet",
    "grant-expired",
    "wrong-purpose",
    "item-not-granted",
    "quota-used-up",
    "bad-request",
    "no-data",
    "timeout",
];
const QUERY_ERRORS: &[&str] = &[
    "no-grant",
    "grant-suspended",
    "grant-terminated",
    "not-yet",
    "grant-expired",
    "wrong-purpose",
    "item-not-granted",
    "not-a-condition",
    "quota-used-up",
    "bad-cursor",
    "bad-request",
    "no-data",
    "timeout",
];

const QUERY_BODY: &str = r##"{"type":"object","additionalProperties":false,"required":["purpose","matter"],"properties":{
"purpose":{"type":"string","enum":["basis","reference","check","collaboration"],"description":"使用用途，与授权一致：basis（行政依据）、reference（工作参考）、check（数据校核）、collaboration（业务协同）。"},
"matter":{"type":"string","maxLength":100,"description":"事项编号：本次调用办理哪件事。写入存证，不得含个人信息。"},
"items":{"type":"array","items":{"type":"string"},"description":"需要的信息项；不填即授权的全部信息项。"},
"where":{"type":"object","additionalProperties":{"type":"string"},"description":"查询条件：信息项与值，须同时满足。只能使用目录标明为查询条件的信息项。"},
"limit":{"type":"integer","minimum":1,"maximum":1000,"default":100,"description":"每页行数。"},
"after":{"type":"string","description":"上一页返回的 next，原样带回。"}}}"##;

const QUERY_ANSWER: &str = r##"{"type":"object","required":["data_version","rows","next"],"properties":{
"data_version":{"type":"integer","description":"数据版本号，每次全量入库加一。"},
"rows":{"type":"array","items":{"type":"object","additionalProperties":{"type":["string","null"]}},"description":"按主键顺序；按授权掩码。没有行，表示授权的数据范围内没有符合条件的记录：授权限定了数据范围的，范围以外的记录与不存在的记录同样不返回，范围见授权页的“限定取值”。"},
"next":{"type":["string","null"],"description":"翻页标记；没有更多数据时为 null。"},
"marks":{"type":"array","description":"校核或者异议标注；没有标注时无此字段。","items":{"type":"object","required":["kind","since","note"],"properties":{
"row":{"type":"integer","description":"所在行的位置，从 0 起；标注在整个数据集上时无此字段。"},
"item":{"type":"string","description":"有疑义的信息项；标注在整个数据集上时无此字段。"},
"kind":{"type":"string","enum":["correction","objection"]},"since":{"type":"string","format":"date"},"note":{"type":"string"}}}}}}"##;

const VERIFY_BODY: &str = r##"{"type":"object","additionalProperties":false,"required":["purpose","matter","where","expect"],"properties":{
"purpose":{"type":"string","enum":["basis","reference","check","collaboration"],"description":"使用用途，与授权一致：basis（行政依据）、reference（工作参考）、check（数据校核）、collaboration（业务协同）。"},
"matter":{"type":"string","maxLength":100,"description":"事项编号：本次调用办理哪件事。写入存证，不得含个人信息。"},
"where":{"type":"object","additionalProperties":{"type":"string"},"description":"全部主键信息项及其值。"},
"expect":{"type":"object","additionalProperties":{"type":"string"},"description":"待核验的信息项及其值。"}}}"##;

const VERIFY_ANSWER: &str = r##"{"type":"object","required":["data_version","matches"],"properties":{
"data_version":{"type":"integer","description":"数据版本号，每次全量入库加一。"},
"matches":{"type":"object","additionalProperties":{"type":"boolean"},"description":"逐项是否一致；查无此记录时均为 false。"},
"marks":{"type":"array","description":"校核或者异议标注，同查询；没有标注时无此字段。","items":{"type":"object"}}}}"##;

const DOUBT_BODY: &str = r##"{"type":"object","additionalProperties":false,"required":["where","item","words"],"properties":{
"where":{"type":"object","additionalProperties":{"type":"string"},"description":"记录的全部主键信息项及其值。"},
"item":{"type":"string","description":"有疑义的信息项，须在授权范围内。"},
"words":{"type":"string","maxLength":2000,"description":"疑义或者明显错误的说明。"}}}"##;

const DOUBT_ANSWER: &str = r##"{"type":"object","required":["case","number","due"],"properties":{
"case":{"type":"string","description":"办件编号（平台内）。"},"number":{"type":"string","description":"校核办件的文号。"},
"due":{"type":["string","null"],"format":"date","description":"提供部门校核的最后一日。"}}}"##;

const DOUBT_ERRORS: &[&str] = &[
    "not-found",
    "forbidden",
    "item-not-granted",
    "bad-key-values",
    "not-received",
    "already-doubted",
    "incomplete",
    "too-long",
    "bad-request",
];

const DELIVERY: &str = r##"{"type":"object","properties":{
"delivery":{"type":"string"},"entry":{"type":"string"},"batch":{"type":"string"},
"kind":{"type":"string","enum":["full","incremental"]},
"state":{"type":"string","enum":["checking","loaded","refused"]},"state_label":{"type":"string"},
"file":{"type":"string"},"format":{"type":"string"},"sha256":{"type":"string"},
"received_at":{"type":"string","format":"date-time"},"finished_at":{"type":["string","null"],"format":"date-time"},
"rows":{"type":"integer"},"accepted":{"type":"integer"},"refused":{"type":"integer"},
"by_fault":{"type":"object","additionalProperties":{"type":"integer"}},
"scores":{"type":"array","items":{"type":"object"}},
"data_version":{"type":["integer","null"]},"rows_after":{"type":["integer","null"]},
"refusals":{"type":"string","description":"拒收明细文件的地址。"},
"refusal":{"type":"object","description":"整批拒收的原因。","properties":{"code":{"type":"string"},"message":{"type":"string"}}},
"repeated":{"type":"boolean","description":"仅在报送的回答中：同一批次号、同一文件此前已经接收，本次没有再次入库。"},
"progress":{"type":"object"}}}"##;

/// Every address of the gateway.
pub const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/api/v1/grants/{grant}/query",
        name: "query",
        title: "查询",
        about: "按查询条件取得授权范围内的数据，逐页返回。每次调用（包括被拒绝的）先存证、后返回；存证序号在响应头 x-yishu-evidence 中。",
        needs_key: true,
        params: &[GRANT],
        body: Some(json(
            QUERY_BODY,
            r#"{"purpose":"basis","matter":"永医保〔2026〕100号-0001","items":["name"],"where":{"id_card":"431102198001010017"},"limit":100}"#,
        )),
        answer: json(
            QUERY_ANSWER,
            r#"{"data_version":1,"rows":[{"name":"王*"}],"next":null}"#,
        ),
        errors: QUERY_ERRORS,
        handler: || post(calls::query),
    },
    Route {
        method: "POST",
        path: "/api/v1/grants/{grant}/verify",
        name: "verify",
        title: "核验",
        about: "逐项回答“一致”或“不一致”，不返回任何数据；掩码的信息项也可核验。",
        needs_key: true,
        params: &[GRANT],
        body: Some(json(
            VERIFY_BODY,
            r#"{"purpose":"basis","matter":"永医保〔2026〕100号-0002","where":{"id_card":"431102198001010017"},"expect":{"name":"王芳"}}"#,
        )),
        answer: json(VERIFY_ANSWER, r#"{"data_version":1,"matches":{"name":true}}"#),
        errors: CALL_ERRORS,
        handler: || post(calls::verify),
    },
    Route {
        method: "GET",
        path: "/api/v1/grants/{grant}/export",
        name: "export",
        title: "导出",
        about: "将授权范围内的全部数据导出为 CSV 文件（UTF-8）。文件摘要先存证，并在响应头 Repr-Digest 中给出；\
            其中带有校核或者异议标注的行数在响应头 x-yishu-marked-rows 中，没有时无此响应头。",
        needs_key: true,
        params: &[
            GRANT,
            query("purpose", true, PURPOSE),
            query("matter", true, MATTER),
            query("items", false, "需要的信息项，以英文逗号分隔；不填即全部。"),
            query("bom", false, "填 1 则文件以 BOM 开头，便于电子表格软件识别中文。"),
        ],
        body: None,
        answer: text("text/csv"),
        errors: CALL_ERRORS,
        handler: || get(calls::export),
    },
    Route {
        method: "POST",
        path: "/api/v1/grants/{grant}/doubts",
        name: "doubt",
        title: "反馈疑义",
        about: "对按授权获取过的一条记录的一个信息项有疑义或者认为有明显错误的，反馈给提供部门校核（第二十一条）。\
            提供部门应在回答所示的期限（`due`）内校核；校核期间，查询、核验的回答带有标注。结果告知全部获取过该记录的部门。返回 201。",
        needs_key: true,
        params: &[GRANT],
        body: Some(json(
            DOUBT_BODY,
            r#"{"where":{"id_card":"431102198001010017"},"item":"address","words":"与户口簿记载不一致。"}"#,
        )),
        answer: json(
            DOUBT_ANSWER,
            r#"{"case":"01jd8x3v5q0000000000000000","number":"校〔2026〕000001","due":"2026-11-30"}"#,
        ),
        errors: DOUBT_ERRORS,
        handler: || post(doubts::doubt),
    },
    Route {
        method: "POST",
        path: "/api/v1/entries/{entry}/deliveries",
        name: "deliver",
        title: "报送数据",
        about: "提供部门按已发布的目录报送一批数据。请求正文即文件内容：CSV（UTF-8、GB18030、UTF-16 自动识别）、XLSX 或 JSON Lines。\
            收妥即返回 202，校验与入库在后台进行。同一批次号重复报送同一文件只入库一次：返回 200 与首次报送的结果，repeated 为 true；\
            同一批次号报送另一份文件的不予接收（batch-differs）。",
        needs_key: true,
        params: &[
            path("entry", "目录条目编号。"),
            query("batch", true, "批次号，由报送方自定，同一目录内不重复。"),
            query(
                "kind",
                true,
                "full（全量，替换全部数据）或 incremental（增量，按主键更新或新增）。",
            ),
            query("name", false, "文件名，用于识别文件类型。"),
        ],
        body: Some(Shape {
            media: "application/octet-stream",
            schema: r#"{"type":"string","format":"binary"}"#,
            example: "",
        }),
        answer: json(DELIVERY, ""),
        errors: &[
            "forbidden",
            "not-found",
            "not-published",
            "bad-request",
            "bad-batch",
            "batch-differs",
            "empty-file",
            "too-large",
            "interrupted",
        ],
        handler: || post(deliveries::receive).layer(axum::extract::DefaultBodyLimit::disable()),
    },
    Route {
        method: "GET",
        path: "/api/v1/deliveries/{delivery}",
        name: "delivery",
        title: "报送结果",
        about: "一批数据的状态、进度、拒收统计与六维质量评分。",
        needs_key: true,
        params: &[path("delivery", "批次在平台的编号，报送时返回。")],
        body: None,
        answer: json(DELIVERY, ""),
        errors: &["not-found"],
        handler: || get(deliveries::show),
    },
    Route {
        method: "GET",
        path: "/api/v1/deliveries/{delivery}/refusals",
        name: "refusals",
        title: "拒收明细",
        about: "被拒收的行：数据行号（不含表头）、信息项、值、原因，CSV 文件，可用电子表格软件打开。",
        needs_key: true,
        params: &[path("delivery", "批次在平台的编号。")],
        body: None,
        answer: text("text/csv"),
        errors: &["not-found"],
        handler: || get(deliveries::refusals),
    },
    Route {
        method: "GET",
        path: "/api/v1/receipts/{index}",
        name: "receipt",
        title: "存证回执",
        about: "一次调用的存证回执：存证内容、包含证明与签名检查点，可用 yishu evidence receipt 离线验证。仅限本单位的调用。",
        needs_key: true,
        params: &[path("index", "存证序号，即调用响应头 x-yishu-evidence 的值。")],
        body: None,
        answer: text("text/plain"),
        errors: &["not-found"],
        handler: || get(proofs::receipt),
    },
    Route {
        method: "GET",
        path: "/api/v1/checkpoint",
        name: "checkpoint",
        title: "存证检查点",
        about: "存证日志当前的签名检查点（C2SP signed note）。",
        needs_key: false,
        params: &[],
        body: None,
        answer: text("text/plain"),
        errors: &[],
        handler: || get(proofs::checkpoint),
    },
    Route {
        method: "GET",
        path: "/openapi.json",
        name: "openapi",
        title: "接口描述",
        about: "本接口的 OpenAPI 3.1 描述。",
        needs_key: false,
        params: &[],
        body: None,
        answer: json(r#"{"type":"object"}"#, ""),
        errors: &[],
        handler: || get(docs::openapi),
    },
    Route {
        method: "GET",
        path: "/api/docs",
        name: "docs",
        title: "接口文档",
        about: "供人阅读的接口文档。",
        needs_key: false,
        params: &[],
        body: None,
        answer: text("text/html"),
        errors: &[],
        handler: || get(docs::page),
    },
    Route {
        method: "GET",
        path: "/api/errors",
        name: "errors",
        title: "错误代码",
        about: "全部错误代码、含义与处理办法。Accept 含 application/json 时返回 JSON。",
        needs_key: false,
        params: &[],
        body: None,
        answer: text("text/html"),
        errors: &[],
        handler: || get(docs::errors),
    },
    Route {
        method: "GET",
        path: "/livez",
        name: "livez",
        title: "存活检查",
        about: "进程在运行。",
        needs_key: false,
        params: &[],
        body: None,
        answer: text("text/plain"),
        errors: &[],
        handler: || get(health::livez),
    },
    Route {
        method: "GET",
        path: "/readyz",
        name: "readyz",
        title: "就绪检查",
        about: "数据库可用、存证日志可写；工作日历未覆盖今日时给出提示，不影响服务。",
        needs_key: false,
        params: &[],
        body: None,
        answer: json(r#"{"type":"object"}"#, ""),
        errors: &[],
        handler: || get(health::readyz),
    },
    Route {
        method: "GET",
        path: "/metrics",
        name: "metrics",
        title: "运行指标",
        about: "Prometheus 格式的运行指标。",
        needs_key: false,
        params: &[],
        body: None,
        answer: text("text/plain"),
        errors: &[],
        handler: || get(health::metrics),
    },
];
