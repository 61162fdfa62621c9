#!/usr/bin/env python3
"""Runs the clients that others use against a running portal: ckanapi, Frictionless, rdflib, a feed and a site map parser.

    e2e/clients/install
    target/testing/clients/bin/python e2e/clients/check_clients.py http://127.0.0.1:8080

Prints one line for each group, and one for each check that failed. Ends with 1 when any failed.
"""

import argparse
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import urljoin, urlsplit

import ckanapi
import feedparser
import rdflib
import requests
from frictionless import Package, system
from rdflib.compare import graph_diff, isomorphic, to_isomorphic
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry
from usp.tree import sitemap_tree_for_homepage

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
FORMS = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "n3": "n3"}


class Checks:
    """Counts what holds and what does not."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def that(self, holds, words):
        if holds:
            self.passed += 1
        else:
            self.failed.append(words)
            print(f"FAIL  {words}", flush=True)

    def group(self, name, work):
        """One group of checks; what breaks inside is one failure, and the next group runs."""
        before, broken, since = self.passed, len(self.failed), time.monotonic()
        try:
            work()
        except Exception as error:  # a client that breaks is the finding
            self.that(False, f"{name}: {type(error).__name__}: {error}")
        word = "ok   " if len(self.failed) == broken else "FAIL "
        seconds = time.monotonic() - since
        print(f"{word} {name}: {self.passed - before} checks held in {seconds:.0f} s", flush=True)


class Portal:
    """The portal at `base`, and its sets as `package_show` gives them, read by somebody at `address`."""

    def __init__(self, base, checks, address, sets=None):
        self.base = base.rstrip("/")
        self.checks = checks
        self.web = requests.Session()
        # The allowance is by address, and these are as many users. The portal believes a proxy on its own machine.
        self.web.headers["X-Forwarded-For"] = address
        patient = Retry(total=20, status_forcelist=[429], respect_retry_after_header=True)
        self.web.mount(self.base, HTTPAdapter(max_retries=patient))
        self.ckan = ckanapi.RemoteCKAN(self.base, session=self.web)
        self.names = sorted(sets or self.ckan.action.package_list())
        self.sets = sets or {name: self.ckan.action.package_show(id=name) for name in self.names}

    def open_sets(self):
        return [it for it in self.sets.values() if it["isopen"]]

    def get(self, path, **more):
        return self.web.get(urljoin(self.base + "/", path.lstrip("/")), timeout=60, **more)

    def graph(self, path):
        """The graph at `path`, the form by its ending."""
        answer = self.get(path)
        answer.raise_for_status()
        form = FORMS[urlsplit(path).path.rsplit(".", 1)[1]]
        return rdflib.Graph().parse(data=answer.content, format=form)


def ckan_catalogue(portal):
    that, action = portal.checks.that, portal.ckan.action
    that(portal.names, "package_list names open sets")
    that(portal.names == action.package_list(), "package_list is in order")
    pages, start = [], 0
    while True:
        page = action.package_search(rows=7, start=start, sort="id asc")
        if not page["results"]:
            break
        pages += [it["name"] for it in page["results"]]
        start += 7
    that(sorted(pages) == portal.names, "pages of package_search by `id asc` give every set once")
    that(page["count"] == len(portal.names), "count is that of package_list")
    for name, package in portal.sets.items():
        that(package["name"] == name and package["type"] == "dataset", f"{name}: its own dictionary")
        that(isinstance(package["extras"], list), f"{name}: extras is a list")
        that(all(isinstance(it["format"], str) for it in package["resources"]), f"{name}: formats are strings")
        that(not package["metadata_modified"].endswith("Z"), f"{name}: instants are naive")
        by_id = action.package_show(id=package["id"])
        that(by_id["name"] == name, f"{name}: found by its id")
        for resource in package["resources"]:
            that(action.resource_show(id=resource["id"])["url"] == resource["url"], f"{resource['id']}: resource_show")
    ckan_filters(portal)
    ckan_groups(portal)


def ckan_filters(portal):
    that, action = portal.checks.that, portal.ckan.action

    def names(**asked):
        return sorted(it["name"] for it in action.package_search(rows=1000, **asked)["results"])

    def having(test):
        return sorted(name for name, it in portal.sets.items() if test(it))

    some = next(iter(portal.sets.values()))
    org = some["organization"]["name"]
    that(names(fq=f"organization:{org}") == having(lambda it: it["organization"]["name"] == org), "fq organization")
    that(names(fq=f"-organization:{org}") == having(lambda it: it["organization"]["name"] != org), "fq -organization")
    that(names(fq=f"owner_org:{some['owner_org']}") == names(fq=f'organization:"{org}"'), "fq owner_org")
    that(names(fq="res_format:CSV") == having(lambda it: any(r["format"] == "CSV" for r in it["resources"])), "fq res_format")
    that(names(fq=f"id:{some['id']}") == [some["name"]], "fq id")
    that(names(fq="state:active") == portal.names, "fq state")
    that(names(q="*:*") == portal.names, "q *:*")
    that(names(fq="metadata_modified:[2000-01-01T00:00:00Z TO *]") == portal.names, "fq date range")
    that(names(fq="metadata_modified:[2999-01-01T00:00:00Z TO *]") == [], "fq date range with nothing in it")
    tail = some["title"][-2:]
    that(some["name"] in names(q=tail), f"the last two characters of a title find it: {tail}")
    that(some["name"] in names(q=f"title:*{tail}*"), "q title with wildcards")
    for bad in ({"fq": "nosuchfield:x"}, {"nosuch": "1"}, {"fq": "a OR b AND c"}):
        try:
            action.package_search(**bad)
            that(False, f"{bad} is refused")
        except ckanapi.errors.SearchQueryError:
            that(True, "refused")
    found = action.package_search(rows=0, **{"facet.field": ["organization", "tags", "groups", "res_format", "license_id"]})
    counts = found["search_facets"]["organization"]["items"]
    that(sum(it["count"] for it in counts) == len(portal.names), "facet counts of organisations add up")


def ckan_groups(portal):
    that, action = portal.checks.that, portal.ckan.action
    orgs = action.organization_list(all_fields=True)
    for org in orgs:
        own = [it for it in portal.sets.values() if it["organization"]["name"] == org["name"]]
        that(org["package_count"] == len(own), f"{org['name']}: package_count")
        shown = action.organization_show(id=org["name"], include_datasets=True, include_users=True)
        that(shown["users"] == [], f"{org['name']}: no users")
        that(len(shown["packages"]) == min(10, len(own)), f"{org['name']}: ten packages at most")
    for group in action.group_list():
        packages = action.group_package_show(id=group)
        that(all(group in [g["name"] for g in it["groups"]] for it in packages), f"{group}: its packages")
    that(isinstance(action.tag_list(), list), "tag_list")
    that(any(it["id"] == "other-open" for it in action.license_list()), "license_list")
    that(action.status_show()["ckan_version"].startswith("2."), "status_show")
    for name, wanted in (("package_show", ckanapi.NotFound), ("organization_show", ckanapi.NotFound)):
        try:
            portal.ckan.call_action(name, {"id": "no-such-thing"})
            that(False, f"{name} of nothing is not found")
        except wanted:
            that(True, "not found")
    try:
        portal.ckan.call_action("datastore_search_sql", {"sql": "select 1"})
        that(False, "datastore_search_sql is no action")
    except ckanapi.errors.CKANAPIError:
        that(True, "no SQL")


def ckan_command_line(portal):
    that = portal.checks.that
    # `dump` starts workers by the tool's bare name.
    here = os.path.dirname(sys.executable)
    around = {**os.environ, "PATH": here + os.pathsep + os.environ.get("PATH", "")}

    def run(*arguments):
        command = ["ckanapi", *arguments, "-r", portal.base]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=around)
        that(done.returncode == 0, f"ckanapi {' '.join(arguments)}: {done.stderr.strip()[-300:]}")
        return done.stdout

    dumped = [json.loads(line) for line in run("dump", "datasets", "--all").splitlines()]
    that(sorted(it["name"] for it in dumped) == portal.names, "ckanapi dump gives every set")
    organisations = run("dump", "organizations", "--all").splitlines()
    that(len(organisations) == len(portal.ckan.action.organization_list()), "ckanapi dump organizations")
    found = [json.loads(line) for line in run("search", "datasets", "q=*:*").splitlines()]
    that(sorted(it["name"] for it in found) == portal.names, "ckanapi search gives every set")
    shown = json.loads(run("action", "package_show", f"id={portal.names[0]}"))
    that(shown["name"] == portal.names[0], "ckanapi action package_show")


def ckan_rows(portal):
    that, action = portal.checks.that, portal.ckan.action
    for package in portal.open_sets():
        tables = [it for it in package["resources"] if it["datastore_active"]]
        that(len(tables) == 1, f"{package['name']}: one table")
        for table in tables:
            rows_of_table(portal, action, package["name"], table["id"])


def rows_of_table(portal, action, name, rid):
    that = portal.checks.that
    first = action.datastore_search(resource_id=rid, limit=3)
    columns = [it["id"] for it in first["fields"]]
    that(columns[0] == "_id" and first["fields"][0]["type"] == "int", f"{name}: _id comes first")
    that(all(list(it) == columns for it in first["records"]), f"{name}: records have the columns in order")
    info = action.datastore_info(id=rid)
    that(info["meta"]["count"] == first["total"], f"{name}: datastore_info counts the same")
    that([it["id"] for it in info["fields"]] == columns[1:], f"{name}: datastore_info names the same")
    empty = action.datastore_search(resource_id=rid, limit=0)
    that(empty["records"] == [] and empty["total"] == first["total"], f"{name}: limit=0 has the total and no rows")
    second = action.datastore_search(resource_id=rid, limit=3, offset=3)
    ids = [it["_id"] for it in first["records"] + second["records"]]
    that(ids == sorted(set(ids)), f"{name}: pages follow each other")
    some = first["records"][0] if first["records"] else None
    column = columns[1]
    if some and some[column] is not None:
        hits = action.datastore_search(resource_id=rid, filters={column: some[column]})
        that(any(it["_id"] == some["_id"] for it in hits["records"]), f"{name}: a filter finds its row")
    try:
        action.datastore_search(resource_id=rid, filters={"no such column": 1})
        that(False, f"{name}: an unknown column is refused")
    except ckanapi.ValidationError as error:
        that("filters" in error.error_dict, f"{name}: refused under `filters`")
    dump = portal.get(f"/datastore/dump/{rid}")
    lines = list(csv.reader(io.StringIO(dump.content.decode("utf-8"))))
    that(lines[0] == columns, f"{name}: the dump has the same columns")
    that(len(lines) - 1 == first["total"], f"{name}: the dump has every row")


def files(portal):
    that = portal.checks.that
    for package in portal.open_sets():
        for resource in package["resources"]:
            file(portal, that, resource)
    for package in portal.sets.values():
        if not package["isopen"]:
            urls = [it["url"] for it in package["resources"]]
            that(not any("/download/" in it for it in urls), f"{package['name']}: no file without an application")


def file(portal, that, resource):
    name, url = resource["name"], resource["url"]
    answer = portal.web.get(url, headers={"Accept-Encoding": "gzip"}, timeout=120)
    that(answer.status_code == 200, f"{name}: {answer.status_code}")
    that("Content-Encoding" not in answer.headers, f"{name}: sent as it is")
    that(len(answer.content) == resource["size"], f"{name}: size")
    that("sha256:" + hashlib.sha256(answer.content).hexdigest() == resource["hash"], f"{name}: hash")
    that(answer.headers["Content-Type"].split(";")[0] == resource["mimetype"], f"{name}: media type")
    tag = answer.headers["ETag"]
    head = portal.web.head(url, timeout=60)
    that(head.headers["Content-Length"] == str(resource["size"]), f"{name}: HEAD tells the length")
    that(head.headers["ETag"] == tag and not tag.startswith("W/"), f"{name}: one strong tag")
    same = portal.web.get(url, headers={"If-None-Match": tag}, timeout=60)
    that(same.status_code == 304 and not same.content, f"{name}: not sent twice")
    part = portal.web.get(url, headers={"Range": "bytes=2-5", "If-Range": tag}, timeout=60)
    that(part.status_code == 206 and part.content == answer.content[2:6], f"{name}: a part of it")
    if resource["format"] == "CSV":
        marked = portal.web.get(url.split("?")[0], timeout=60)
        that(marked.content == b"\xef\xbb\xbf" + answer.content, f"{name}: with its mark for spreadsheets")


def frictionless_packages(portal):
    that = portal.checks.that
    with system.use_context(trusted=True, http_session=portal.web):
        for name in portal.names:
            url = f"{portal.base}/dataset/{name}/datapackage.json"
            report = Package(url).validate()
            errors = report.flatten(["title", "type", "note"])[:3]
            that(report.valid, f"frictionless validate {name}: {errors}")
            descriptor = portal.get(url).json()
            that(descriptor["$schema"].endswith("2.0/datapackage.json"), f"{name}: a version 2 descriptor")
        for package in portal.open_sets()[:1]:
            read = Package(f"{portal.base}/dataset/{package['name']}")
            urls = {it.path for it in read.resources}
            that(urls == {it["url"] for it in package["resources"]}, f"frictionless reads {package['name']} as a CKAN dataset")


def rdf(portal):
    that = portal.checks.that
    graphs = {end: portal.graph(f"/catalog.{end}") for end in FORMS}
    same_graphs(that, "/catalog", {end: without_turns(it) for end, it in graphs.items()})
    ids, pages, path = set(), 0, "/catalog.ttl"
    while path and pages < 1000:
        graph = portal.graph(path)
        ids |= {str(it) for it in graph.objects(predicate=DCT.identifier)}
        path = next((str(it) for it in graph.objects(predicate=HYDRA.next)), None)
        pages += 1
    that(ids == {it["id"] for it in portal.sets.values()}, f"{pages} pages of the catalogue hold every set and no other")
    rdf_negotiated(portal)


def rdf_of_sets(portal):
    that = portal.checks.that
    for name in portal.names:
        forms = {end: portal.graph(f"/dataset/{name}.{end}") for end in FORMS}
        same_graphs(that, name, forms)
        sets = list(forms["ttl"].subjects(rdflib.RDF.type, DCAT.Dataset))
        that(len(sets) == 1, f"{name}: one set in its graph")


def rdf_negotiated(portal):
    that = portal.checks.that
    for media, form in (("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("application/ld+json", "json-ld")):
        for path in (f"/dataset/{portal.names[0]}", "/catalog"):
            answer = portal.get(path, headers={"Accept": media})
            that(answer.headers["Content-Type"].split(";")[0] == media, f"{path} as {media}")
            that("accept" in answer.headers.get("Vary", "").lower(), f"{path} varies with Accept")
            rdflib.Graph().parse(data=answer.content, format=form)
    that(portal.get("/catalog.ttl?modified_since=2999-01-01T00:00:00Z").status_code == 200, "modified_since")
    that(portal.get("/catalog.ttl?modified_since=soon").status_code == 400, "a bad modified_since is refused")


def without_turns(graph):
    """Harvesters turn pages within one form, so these links alone differ."""
    for link in ("next", "nextPage", "previous", "previousPage"):
        graph.remove((None, HYDRA[link], None))
    return graph


def same_graphs(that, name, graphs):
    first_end, first = next(iter(graphs.items()))
    that(len(first) > 5, f"{name}.{first_end} says something")
    for end, graph in graphs.items():
        if not isomorphic(first, graph):
            _, left, right = graph_diff(to_isomorphic(first), to_isomorphic(graph))
            that(False, f"{name}: .{end} differs from .{first_end}: {list(left)[:2]} {list(right)[:2]}")
        else:
            that(True, "the same graph")


def pages(portal):
    that = portal.checks.that
    for name in portal.names:
        text = portal.get(f"/dataset/{name}").text
        blocks = text.split('<script type="application/ld+json">')[1:]
        that(len(blocks) == 1, f"{name}: schema.org in its page")
        for block in blocks:
            said = json.loads(block.split("</script>")[0])
            that(said["@type"] == "Dataset" and 50 <= len(said["description"]) <= 5000, f"{name}: a Dataset for search engines")


def indexes(portal):
    that = portal.checks.that
    feed = feedparser.parse(portal.get("/open/news.atom").content)
    that(not feed.bozo, f"the feed parses: {feed.get('bozo_exception')}")
    that(feed.version == "atom10" and feed.feed.get("title"), "the feed is Atom and has a title")
    that(len({it.id for it in feed.entries}) == len(feed.entries), "every line of the feed has its own id")
    that(all(it.get("updated_parsed") and it.get("title") for it in feed.entries), "every line has a time and a title")
    tree = sitemap_tree_for_homepage(portal.base + "/", use_known_paths=False)
    found = {it.url for it in tree.all_pages()}
    wanted = {f"{portal.base}/dataset/{name}" for name in portal.names}
    that(wanted <= found, f"the site map names every set: {sorted(wanted - found)[:3]}")
    for url in sorted(found):
        answer = portal.web.get(url, timeout=60)
        that(answer.status_code == 200, f"{url} of the site map: {answer.status_code}")
    data = portal.get("/data.json").json()
    that(len(data["dataset"]) == len(portal.names), "data.json has every set")
    robots = portal.get("/robots.txt").text
    that(f"Sitemap: {portal.base}/sitemap.xml" in robots, "robots.txt names the site map")


def query_interface(portal):
    that = portal.checks.that
    document = portal.get("/api/open/v1/openapi.json").json()
    that(document["openapi"].startswith("3.1"), "an OpenAPI document")
    listed = portal.get("/api/open/v1/datasets?limit=1000").json()
    that(listed["total"] == len(portal.names), "the list counts every set")
    for package in portal.open_sets():
        name, url, ids, total = package["name"], f"/api/open/v1/datasets/{package['name']}/rows?limit=250", [], None
        while url and len(ids) < 2000:
            answer = portal.get(url)
            page = answer.json()
            that(answer.headers.get("Access-Control-Allow-Origin") == "*", f"{name}: any site may read")
            that("RateLimit-Remaining" in answer.headers, f"{name}: the limit is announced")
            ids += [it["_id"] for it in page["rows"]]
            url, total = page["next"], page["total"]
        that(len(ids) == len(set(ids)), f"{name}: no row twice")
        that(len(ids) == total or len(ids) >= 2000, f"{name}: pages give the {total} rows that were counted, not {len(ids)}")
        bad = portal.get(f"/api/open/v1/datasets/{name}/rows?filter=nosuch:eq:1")
        that(bad.status_code == 400 and bad.json()["error"]["code"] == "unknown-item", f"{name}: an unknown item is refused")
    none = portal.get("/api/open/v1/datasets/no-such-set/rows")
    that(none.status_code == 404 and none.json()["error"]["code"] == "not-found", "what is not open is not found")


# Name, work, and into how many shares of the sets it is split.
GROUPS = [
    ("RDF of sets", rdf_of_sets, 4),
    ("Frictionless", frictionless_packages, 4),
    ("files", files, 2),
    ("CKAN rows", ckan_rows, 2),
    ("query interface", query_interface, 1),
    ("ckanapi command line", ckan_command_line, 1),
    ("CKAN catalogue", ckan_catalogue, 1),
    ("RDF of the catalogue", rdf, 1),
    ("pages", pages, 1),
    ("feed, site map, data.json", indexes, 1),
]


def shares(sets, only):
    """Every piece of work: its name, the group's place, and the sets it is about."""
    for place, (name, _, count) in enumerate(GROUPS):
        if only and only.lower() not in name.lower():
            continue
        for share in range(count):
            own = dict(list(sets.items())[share::count])
            yield (name if count == 1 else f"{name}, share {share + 1} of {count}"), place, own


def done(base, name, place, sets, address):
    checks = Checks()
    portal = Portal(base, checks, address, sets)
    checks.group(name, lambda: GROUPS[place][1](portal))
    return checks.passed, len(checks.failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="where the portal runs, such as http://127.0.0.1:8080")
    parser.add_argument("--only", help="run only groups whose name has this in it")
    asked = parser.parse_args()
    sets = Portal(asked.base, Checks(), "198.51.100.1").sets
    print(f"{len(sets)} open sets at {asked.base}", flush=True)
    with ProcessPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as workers:
        work = [
            workers.submit(done, asked.base, name, place, own, f"198.51.100.{number}")
            for number, (name, place, own) in enumerate(shares(sets, asked.only), start=2)
        ]
        results = [it.result() for it in work]
    passed, failed = (sum(it) for it in zip(*results))
    print(f"{passed} checks held, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
