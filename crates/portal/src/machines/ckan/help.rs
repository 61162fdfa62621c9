//! The actions there are, and what `help_show` says of each.

/// Name and text of every action.
pub(crate) const ACTIONS: &[(&str, &str)] = &[
    ("package_list", "全部开放数据集的名称。参数：limit、offset。"),
    (
        "current_package_list_with_resources",
        "数据集全文，最近修改的在前。参数：limit、offset。",
    ),
    ("package_show", "一个数据集的全文。参数：id（名称或编号）。"),
    (
        "package_search",
        "查找数据集。参数：q、fq、fq_list、rows（最多 1000）、start、sort、facet、facet.field、facet.mincount、facet.limit、fl。",
    ),
    (
        "package_autocomplete",
        "按名称的一部分提示数据集。参数：q、limit。",
    ),
    ("resource_show", "一个文件的说明。参数：id。"),
    (
        "resource_search",
        "查找文件。参数：query（field:term，可重复）、order_by、offset、limit。",
    ),
    ("resource_view_list", "文件的视图，始终为空。参数：id。"),
    (
        "organization_list",
        "提供数据的机构。参数：sort、limit、offset、organizations、all_fields。",
    ),
    (
        "organization_show",
        "一个机构。参数：id、include_datasets（最多列出 10 个数据集，总数见 package_count）。",
    ),
    (
        "organization_autocomplete",
        "按名称的一部分提示机构。参数：q、limit。",
    ),
    (
        "group_list",
        "主题。参数：sort、limit、offset、groups、all_fields。",
    ),
    ("group_show", "一个主题。参数：id、include_datasets。"),
    ("group_package_show", "一个主题的数据集。参数：id、limit。"),
    ("group_autocomplete", "按名称的一部分提示主题。参数：q、limit。"),
    ("tag_list", "关键词。参数：query、all_fields。"),
    ("tag_show", "一个关键词。参数：id、include_datasets。"),
    ("tag_autocomplete", "按一部分提示关键词。参数：q、limit。"),
    ("format_autocomplete", "按一部分提示文件格式。参数：q、limit。"),
    ("license_list", "使用许可。"),
    ("status_show", "平台的名称与版本。"),
    ("site_read", "平台可读，始终为 true。"),
    ("help_show", "一个操作的说明。参数：name。"),
    (
        "datastore_search",
        "数据行。参数：resource_id、filters、q、fields、sort、limit（最多 32000）、offset、include_total、records_format、include_next_page。",
    ),
    ("datastore_info", "数据表的列与行数。参数：id。"),
];

/// The text of one action.
pub(crate) fn of(name: &str) -> Option<&'static str> {
    ACTIONS.iter().find(|it| it.0 == name).map(|it| it.1)
}
