"""Templates that are not rendered: what is known is read, what is not is said."""

from __future__ import annotations

import pytest

from runbook_lib.keepalive.documents import read_documents
from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.keepalive.templates import opened

BRANCH = "{{ what a branch of the template decides }}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {{ .Values.a }}", {"a": "{{ .Values.a }}"}),
        ('a: "{{ .Values.a | default "b" }}:{{ .c }}"', {"a": '{{ .Values.a | default "b" }}:{{ .c }}'}),
        ("{{/* a\n comment */}}\na: 1\n", {"a": 1}),
        ("{{- $x := 1 -}}\na: 1\n", {"a": 1}),
        (
            "a:\n  {{- toYaml .Values.a | nindent 2 }}\nb: 2\n",
            {"a": {"{{- toYaml .Values.a | nindent 2 }}": "{{- toYaml .Values.a | nindent 2 }}"}, "b": 2},
        ),
        ("a:\n{{ toYaml .Values.a | indent 2 }}\n  - b\n", {"a": ["{{ toYaml .Values.a | indent 2 }}", "b"]}),
        ("{{- if .a }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n", {"a": 2}),
        ("kind: a\n{{- if .a }}\nhostNetwork: true\n{{- end }}\n", {"kind": "a", "hostNetwork": BRANCH}),
        ("{{- if .a }}\nkind: a\nhostNetwork: true\n{{- end }}\n", {"kind": "a", "hostNetwork": True}),
        ("kind: a\n{{- with .a }}\nvalue: 'x'\n{{- end }}\nb: 1\n", {"kind": "a", "value": BRANCH, "b": 1}),
        ("kind: a\na: {{ if .b }}true{{ end }}\n", {"kind": "a", "a": "{{ if .b }}true{{ end }}"}),
        ("kind: a\n{{ if .b }}hostNetwork: true{{ end }}\n", {"kind": "a", "hostNetwork": BRANCH}),
        ("kind: a\nb:\n{{- if .c }}\n- {name: n, value: '60'}\n{{- end }}\n",
         {"kind": "a", "b": [{"name": "n", "value": BRANCH}]}),
        ('kind: a\nb: [\n{{- if .c }}\n{"name": "n", "value": "60"}\n{{- end }}\n]\n',
         {"kind": "a", "b": [{"name": "n", "value": BRANCH}]}),
        ("kind: a\n{{ if .b }}\nc: {privileged: true, d: 1}\n{{ end }}\n",
         {"kind": "a", "c": {"privileged": BRANCH, "d": 1}}),
        ("kind: a\n# {{ if .b }}\nhostNetwork: true\n# {{ end }}\n", {"kind": "a", "hostNetwork": BRANCH}),
        ("kind: a\n{{ if .b }}\nsysctls: 1\n{{ else }}\nsysctls: 2\n{{ end }}\n",
         {"kind": "a", "sysctls": 2, BRANCH: BRANCH}),
    ],
)  # fmt: skip
def test_a_template_as_values(text: str, value: object) -> None:
    template = opened(text)
    assert [one.value for one in read_documents(template.text, "t", template=template)] == [value]


def test_lines_keep_their_numbers() -> None:
    text = "{{/* one\ntwo\nthree */}}\nkind: Pod\n{{ if .a }}\na: 1\n{{ end }}\nb: {{ .c }}\n"
    assert opened(text).text.split("\n")[3:] == ["kind: Pod", "", "a: 1", "", "b: ztpl3z", ""]


def test_a_branch_around_one_document_is_no_branch_of_the_next() -> None:
    pod = "kind: Pod\nmetadata: {{name: {}}}\nspec:\n  containers: [{{name: app}}]\n  hostNetwork: {}\n"
    text = "{{ if .a }}\n" + pod.format("a", "false") + "{{ end }}\n---\n" + pod.format("b", "{{ .b }}")
    assert [one.time_s for one in read_manifest(text, "t.yaml")] == [7200, None]


@pytest.mark.parametrize("around", ["", "{{- /* not YAML */}}\n"])
@pytest.mark.parametrize(
    "inside", ["sysctl -w net.ipv4.tcp_keepalive_time=60", "echo 60 > /proc/sys/net/ipv4/tcp_keepalive_time"]
)
def test_a_command_in_a_branch_is_not_known(inside: str, around: str) -> None:
    text = (
        f"{around}kind: Pod\nspec:\n  initContainers:\n  - name: tune\n    securityContext: {{privileged: true}}\n"
        "    command:\n"
        f"    - sh\n    - -c\n    - |\n      true\n      {{{{- if .fast }}}}\n      {inside}\n      {{{{- end }}}}\n"
        "  containers: [{name: app}]\n"
    )
    assert [one.time_s for one in read_manifest(text, "t.yaml")] == [None]


@pytest.mark.parametrize("value", ["'60'", '"60"'])
@pytest.mark.parametrize("item", ["- name: net.ipv4.tcp_keepalive_time\n      value: {}", "- {{value: {},\n      "
                                  "name: net.ipv4.tcp_keepalive_time}}"])  # fmt: skip
def test_a_setting_in_a_branch_is_not_known_however_it_is_written(item: str, value: str) -> None:
    text = (
        "kind: Pod\nspec:\n  securityContext:\n    sysctls:\n    {{- if .fast }}\n"
        f"    {item.format(value)}\n    {{{{- end }}}}\n"
        "  containers: [{name: app}]\n"
    )
    assert [one.time_s for one in read_manifest(text, "t.yaml")] == [None]


def test_branches_with_other_settings_leave_all_of_them_open() -> None:
    context = "  securityContext:\n    sysctls: [{{name: net.ipv4.tcp_keepalive_{}, value: '60'}}]\n"
    text = (
        "kind: Pod\nspec:\n  {{ if .a }}\n" + context.format("time") + "  {{ else }}\n" + context.format("intvl")
        + "  {{ end }}\n  containers: [{name: app}]\n"
    )  # fmt: skip
    assert [(one.time_s, one.interval_s) for one in read_manifest(text, "t.yaml")] == [(None, None)]


def test_sysctls_whose_names_a_template_prints_may_be_any() -> None:
    text = (
        "kind: Pod\nspec:\n  securityContext:\n    sysctls:\n    {{- range $k, $v := .Values.sysctls }}\n"
        "    - name: {{ $k }}\n      value: {{ $v | quote }}\n    {{- end }}\n  containers: [{name: app}]\n"
    )
    found = read_manifest(text, "t.yaml")[0]
    assert (found.time_s, found.gaps) == (None, ("the keepalive sysctls may be in {{ $k }}, put in elsewhere.",))
