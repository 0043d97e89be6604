"""Charts of any size, written for the benchmarks: the same bytes on every call, no two names alike by chance.

`scaled` grows a chart along one axis, for speed.py. `library` and `umbrella` are the two larger charts that
instructions.py counts, and have the proportions of real ones: a library of named templates of which a chart uses a
few, values that are mostly comments, a schema; and a chart of charts that renders its values by toYaml and tpl.
"""
import json


def write(folder, files):
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def chart_yaml(name, **more):
    lines = [f"{key}: {json.dumps(value)}" for key, value in more.items()]
    return "\n".join(["apiVersion: v2", f"name: {name}", "version: 1.2.3", 'appVersion: "4.5.6"', *lines, ""])


HELPERS = """\
{{/* The name of everything in the chart. */}}
{{- define "NAME.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "NAME.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
"""

DEPLOYMENT = """\
{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "NAME.fullname" . }}-PART
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "NAME.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .Release.Name }}
      part: PART
  template:
    metadata:
      labels:
        {{- include "NAME.labels" . | nindent 8 }}
        part: PART
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: PART
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          env:
            {{- range $name, $value := .Values.env }}
            - name: {{ $name | upper }}
              value: {{ tpl $value $ | quote }}
            {{- end }}
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
          {{- if .Values.probes }}
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
          {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
{{- end }}
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ include "NAME.fullname" . }}-PART
  labels: {{- include "NAME.labels" . | nindent 4 }}
  {{- if .Values.service.annotations }}
  annotations: {{- tpl (toYaml .Values.service.annotations) . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .Values.service.type }}
  ports:
    - port: {{ .Values.service.port }}
      targetPort: http
      {{- if and (eq .Values.service.type "NodePort") .Values.service.nodePort }}
      nodePort: {{ .Values.service.nodePort }}
      {{- end }}
  selector:
    app.kubernetes.io/instance: {{ .Release.Name }}
    part: PART
"""

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "NAME.fullname" . }}-PART
  labels: {{- include "NAME.labels" . | nindent 4 }}
data:
  {{- range $file, $content := .Values.config }}
  {{ $file }}: |
    {{- tpl (toYaml $content) $ | nindent 4 }}
  {{- end }}
  checksum: {{ .Values.config | toJson | sha256sum | quote }}
"""

VALUES = """\
# Whether the part is installed at all.
enabled: true
# How many copies run.
replicas: 2
labels:
  team: blue
nodeSelector: {}
image:
  repository: registry.example.com/team/NAME
  # The chart's appVersion where it is empty.
  tag: ""
  pullPolicy: IfNotPresent
env:
  log_level: info
  address: "http://{{ .Release.Name }}.{{ .Release.Namespace }}.svc:{{ .Values.service.port }}"
  instance: "{{ .Release.Name | upper }}"
service:
  type: ClusterIP
  port: 8080
  annotations:
    example.com/owner: "{{ .Release.Name }}"
probes: true
resources:
  requests: {cpu: 100m, memory: 128Mi}
  limits: {memory: 256Mi}
config:
  server.yaml:
    listen: ":8080"
    timeouts: {read: 30s, write: 30s, idle: 2m}
    upstreams:
      - {name: one, url: "http://one.{{ .Release.Namespace }}", weight: 10}
      - {name: two, url: "http://two.{{ .Release.Namespace }}", weight: 20}
"""


def part(name, subject="", extra=""):
    """The files of a small chart, its templates' texts as they are in real ones."""
    return {
        "Chart.yaml": chart_yaml(name),
        "values.yaml": VALUES.replace("NAME", name) + extra,
        "templates/_helpers.tpl": HELPERS.replace("NAME", name),
        "templates/deployment.yaml": filled(DEPLOYMENT, name, subject or "main"),
        "templates/service.yaml": filled(SERVICE, name, subject or "main"),
        "templates/config.yaml": filled(CONFIG, name, subject or "main"),
    }


def filled(text, name, subject):
    return text.replace("NAME", name).replace("PART", subject)


def below(folder, files):
    return {f"{folder}/{name}": text for name, text in files.items()}


# Growth ------------------------------------------------------------------------------------------------------------


def templates(folder, size):
    """A chart of so many templates, each a Deployment with a name of its own."""
    files = part("app")
    files |= {f"templates/part-{i}.yaml": filled(DEPLOYMENT, "app", f"part-{i}") for i in range(size - 3)}
    write(folder, files)
    return []


def values(folder, size):
    """A small chart, and a file of so many bytes of values beside it."""
    write(folder, part("app"))
    entry = "  entry-%d:\n    host: host-%d.example.com\n    ports: [80, 443]\n    # Left as it is.\n    limits: {cpu: 100m, memory: 64Mi}\n"
    count = max(1, size // len(entry % (10_000, 10_000)))
    text = "more:\n" + "".join(entry % (i, i) for i in range(count))
    # Not inside: Helm takes no file of a chart past 5 MiB.
    beside = folder.with_name(f"{folder.name}.yaml")
    beside.write_text(text)
    return ["-f", str(beside)]


def subcharts(folder, size):
    """A chart of so many subcharts, each with templates and values of its own."""
    files = {"Chart.yaml": chart_yaml("app"), "values.yaml": "global:\n  domain: example.com\n"}
    for i in range(size):
        files |= below(f"charts/sub-{i}", part(f"sub-{i}"))
    write(folder, files)
    return []


LOOP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: loop
data:
  {{- range $i := until SIZE }}
  key-{{ $i }}: {{ CALL }}
  {{- end }}
"""


def includes(folder, size):
    """A chart that calls `include` so many times."""
    named = '{{- define "app.line" -}}\n{{ printf "%s-%d" .root.Release.Name .index | quote }}\n{{- end -}}\n'
    call = 'include "app.line" (dict "root" $ "index" $i)'
    write(folder, part("app") | {"templates/_line.tpl": named, "templates/loop.yaml": looped(size, call)})
    return []


def tpls(folder, size):
    """A chart that calls `tpl` so many times, with a text that it has not seen before."""
    call = 'tpl (printf "{{ .Release.Name }}-%d" $i) $'
    write(folder, part("app") | {"templates/loop.yaml": looped(size, call)})
    return []


def looped(size, call):
    return LOOP.replace("SIZE", str(size)).replace("CALL", call)


# What grows, how a size is written, how a chart of that size comes about (with the arguments that it needs).
GROWTH = {
    "templates": (templates, [10, 100, 1000]),
    "values, bytes": (values, [1000, 10_000, 100_000, 1_000_000, 10_000_000]),
    "subcharts": (subcharts, [1, 10, 100]),
    "include calls": (includes, [10, 100, 1000, 10_000]),
    "tpl calls": (tpls, [10, 100, 1000, 10_000]),
}


# The two larger charts of instructions.py ---------------------------------------------------------------------------

FAMILY = """\
{{/*
The image of SUBJECT, with the registry of the whole installation where one is set.
Usage: {{ include "kit.SUBJECT.image" (dict "values" .Values.SUBJECT "global" .Values.global "chart" .Chart) }}
*/}}
{{- define "kit.SUBJECT.image" -}}
{{- $registry := .values.registry | default "" -}}
{{- if .global -}}
  {{- if .global.registry -}}
    {{- $registry = .global.registry -}}
  {{- end -}}
{{- end -}}
{{- $tag := .values.tag | default .chart.AppVersion | toString -}}
{{- if .values.digest -}}
  {{- printf "%s/%s@%s" $registry .values.repository .values.digest -}}
{{- else if $registry -}}
  {{- printf "%s/%s:%s" $registry .values.repository $tag -}}
{{- else -}}
  {{- printf "%s:%s" .values.repository $tag -}}
{{- end -}}
{{- end -}}

{{/*
The names of the secrets that hold SUBJECT's registry credentials, without doubles.
Usage: {{ include "kit.SUBJECT.pullSecrets" (dict "values" .Values.SUBJECT "root" $) }}
*/}}
{{- define "kit.SUBJECT.pullSecrets" -}}
{{- $names := list -}}
{{- range .values.pullSecrets -}}
  {{- if kindIs "map" . -}}
    {{- $names = append $names (include "kit.render" (dict "value" .name "root" $.root)) -}}
  {{- else -}}
    {{- $names = append $names (include "kit.render" (dict "value" . "root" $.root)) -}}
  {{- end -}}
{{- end -}}
{{- if $names }}
imagePullSecrets:
  {{- range $names | uniq }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
Where SUBJECT's pods may run: away from each other, softly or strictly.
Usage: {{ include "kit.SUBJECT.affinity" (dict "mode" "soft" "root" $) }}
*/}}
{{- define "kit.SUBJECT.affinity" -}}
{{- if eq .mode "soft" }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 1
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "kit.selector" (dict "part" "SUBJECT" "root" .root) | nindent 12 }}
{{- else if eq .mode "strict" }}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels: {{- include "kit.selector" (dict "part" "SUBJECT" "root" .root) | nindent 10 }}
{{- end }}
{{- end -}}

{{/*
What SUBJECT's containers ask for, by the name of a size.
Usage: {{ include "kit.SUBJECT.resources" (dict "size" "small") }}
*/}}
{{- define "kit.SUBJECT.resources" -}}
{{- $sizes := dict
  "nano" (dict "requests" (dict "cpu" "100m" "memory" "128Mi") "limits" (dict "cpu" "150m" "memory" "192Mi"))
  "small" (dict "requests" (dict "cpu" "500m" "memory" "512Mi") "limits" (dict "cpu" "750m" "memory" "768Mi"))
  "large" (dict "requests" (dict "cpu" "1.0" "memory" "2Gi") "limits" (dict "cpu" "1.5" "memory" "3Gi"))
-}}
{{- if hasKey $sizes .size -}}
{{- index $sizes .size | toYaml -}}
{{- else -}}
{{- printf "SUBJECT: size %q is none of %s" .size (join ", " (keys $sizes | sortAlpha)) | fail -}}
{{- end -}}
{{- end -}}

{{/* What is wrong with SUBJECT's values, a line each. */}}
{{- define "kit.SUBJECT.validate" -}}
{{- if and .values.ingress.enabled (not .values.ingress.host) }}
SUBJECT: an ingress needs a host
{{- end }}
{{- if and (gt (int .values.replicas) 1) (eq .values.strategy "Recreate") }}
SUBJECT: more than one copy cannot be replaced all at once
{{- end }}
{{- end -}}
"""

SHARED = """\
{{/* A value that may be a template: text as it is, all else as YAML. */}}
{{- define "kit.render" -}}
{{- $text := typeIs "string" .value | ternary .value (.value | toYaml) -}}
{{- if contains "{{" (toJson .value) -}}
{{- tpl $text .root -}}
{{- else -}}
{{- $text -}}
{{- end -}}
{{- end -}}

{{- define "kit.name" -}}
{{- printf "%s-%s" .root.Release.Name .part | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "kit.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "kit.labels" -}}
{{ include "kit.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ include "kit.render" (dict "value" . "root" $.root) }}
{{- end }}
{{- end -}}

{{- define "kit.ingressApi" -}}
{{- if semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version -}}networking.k8s.io/v1
{{- else -}}networking.k8s.io/v1beta1
{{- end -}}
{{- end -}}
"""

WORKLOAD = """\
{{- $values := .Values.SUBJECT }}
{{- with include "kit.SUBJECT.validate" (dict "values" $values) | trim }}{{ fail . }}{{ end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 4 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  strategy:
    type: {{ $values.strategy }}
  selector:
    matchLabels: {{- include "kit.selector" (dict "part" "SUBJECT" "root" $) | nindent 6 }}
  template:
    metadata:
      labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 8 }}
      annotations:
        checksum/config: {{ include (print $.Template.BasePath "/SUBJECT-config.yaml") . | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- include "kit.render" (dict "value" . "root" $) | nindent 8 }}
        {{- end }}
    spec:
      {{- include "kit.SUBJECT.pullSecrets" (dict "values" $values "root" $) | nindent 6 }}
      affinity: {{- include "kit.SUBJECT.affinity" (dict "mode" $values.affinity "root" $) | nindent 8 }}
      {{- if $values.securityContext.enabled }}
      securityContext: {{- omit $values.securityContext "enabled" | toYaml | nindent 8 }}
      {{- end }}
      containers:
        - name: SUBJECT
          image: {{ include "kit.SUBJECT.image" (dict "values" $values.image "global" .Values.global "chart" .Chart) }}
          env:
            {{- range $name, $value := $values.env }}
            - name: {{ $name | snakecase | upper }}
              value: {{ include "kit.render" (dict "value" $value "root" $) | quote }}
            {{- end }}
          ports:
            - {name: http, containerPort: {{ $values.port }}}
          {{- range $kind := list "liveness" "readiness" "startup" }}
          {{- with index $values (printf "%sProbe" $kind) }}
          {{- if .enabled }}
          {{ $kind }}Probe: {{- omit . "enabled" | toYaml | nindent 12 }}
          {{- end }}
          {{- end }}
          {{- end }}
          resources: {{- include "kit.SUBJECT.resources" (dict "size" $values.size) | nindent 12 }}
          volumeMounts:
            - {name: config, mountPath: /etc/SUBJECT}
            {{- with $values.extraVolumeMounts }}
            {{- include "kit.render" (dict "value" . "root" $) | nindent 12 }}
            {{- end }}
      volumes:
        - name: config
          configMap:
            name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
"""

OTHERS = {
    "config": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
  labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 4 }}
data:
  SUBJECT.yaml: |
    {{- include "kit.render" (dict "value" .Values.SUBJECT.config "root" $) | nindent 4 }}
""",
    "ingress": """\
{{- if .Values.SUBJECT.ingress.enabled }}
apiVersion: {{ include "kit.ingressApi" . }}
kind: Ingress
metadata:
  name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
  labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 4 }}
spec:
  rules:
    - host: {{ tpl .Values.SUBJECT.ingress.host $ }}
      http:
        paths:
          {{- range .Values.SUBJECT.ingress.paths }}
          - path: {{ . }}
            pathType: Prefix
            backend:
              service:
                name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
                port:
                  name: http
          {{- end }}
{{- end }}
""",
    "scale": """\
{{- if .Values.SUBJECT.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
  labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 4 }}
spec:
  minReplicas: {{ .Values.SUBJECT.autoscaling.least }}
  maxReplicas: {{ .Values.SUBJECT.autoscaling.most }}
  metrics:
    {{- range $resource, $target := .Values.SUBJECT.autoscaling.targets }}
    - type: Resource
      resource: {name: {{ $resource }}, target: {type: Utilization, averageUtilization: {{ $target }}}}
    {{- end }}
{{- end }}
""",
    "policy": """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}
  labels: {{- include "kit.labels" (dict "part" "SUBJECT" "root" $) | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "kit.selector" (dict "part" "SUBJECT" "root" $) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - port: {{ .Values.SUBJECT.port }}
      {{- if not .Values.SUBJECT.open }}
      from:
        - podSelector:
            matchLabels:
              {{ include "kit.name" (dict "part" "SUBJECT" "root" $) }}-client: "true"
      {{- end }}
""",
}

SETTINGS = """\

## @section SUBJECT
##
## The image that SUBJECT runs.
## @param SUBJECT.image.registry where it comes from, unless global.registry is set
## @param SUBJECT.image.repository its name
## @param SUBJECT.image.tag the chart's appVersion, where it is empty
## @param SUBJECT.image.digest instead of the tag
##
SUBJECT:
  image:
    registry: registry.example.com
    repository: shop/SUBJECT
    tag: ""
    digest: ""
  ## Names of secrets with the registry's credentials, e.g.
  ## pullSecrets:
  ##   - my-registry
  ##
  pullSecrets:
    - "{{ .Release.Name }}-registry"
    - shared
  ## How many copies run while autoscaling is off, and how they are replaced.
  ##
  replicas: 2
  strategy: RollingUpdate
  size: small
  affinity: soft
  port: 8080
  open: false
  ## Annotations of the pods; templates are rendered.
  ##
  podAnnotations:
    example.com/release: "{{ .Release.Name }}"
  securityContext:
    enabled: true
    runAsNonRoot: true
    runAsUser: 1001
    fsGroup: 1001
  env:
    logLevel: info
    publicUrl: "https://{{ .Values.domain }}/SUBJECT"
  ## Probes. Anything beside `enabled` goes into the manifest as it is.
  ##
  livenessProbe:
    enabled: true
    httpGet: {path: /healthz, port: http}
    periodSeconds: 10
  readinessProbe:
    enabled: true
    httpGet: {path: /ready, port: http}
    periodSeconds: 5
  startupProbe:
    enabled: false
  extraVolumeMounts: []
  ## The door to the outside.
  ##
  ingress:
    enabled: true
    host: "SUBJECT.{{ .Values.domain }}"
    paths: [/, /api]
  autoscaling:
    enabled: true
    least: 2
    most: 10
    targets: {cpu: 75, memory: 80}
  ## SUBJECT's own file of settings; templates are rendered.
  ##
  config:
    listen: ":8080"
    database: {host: "{{ .Release.Name }}-database", port: 5432, pool: {least: 2, most: 20}}
    features: [search, cart, "{{ .Release.Namespace }}"]
"""

SUBJECTS = ["cart", "catalog", "checkout"]
UNUSED = ["accounts", "billing", "events", "export", "gateway", "images", "invoices", "ledger", "mailer", "metrics",
          "orders", "pricing", "queue", "refunds", "reports", "search", "sessions", "stock", "tax"]


def about(text, subject):
    return text.replace("SUBJECT", subject)


def schema():
    text, flag, number = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}
    one = {
        "type": "object",
        "required": ["image", "replicas", "port"],
        "properties": {
            "image": {"type": "object", "properties": {"registry": text, "repository": text, "tag": text, "digest": text}},
            "pullSecrets": {"type": "array", "items": {"type": ["string", "object"]}},
            "replicas": number, "port": {"type": "integer", "minimum": 1, "maximum": 65535},
            "strategy": {"enum": ["RollingUpdate", "Recreate"]}, "size": {"enum": ["nano", "small", "large"]},
            "affinity": {"enum": ["", "soft", "strict"]}, "open": flag,
            "ingress": {"type": "object", "properties": {"enabled": flag, "host": text, "paths": {"type": "array", "items": text}}},
            "autoscaling": {"type": "object", "properties": {"enabled": flag, "least": number, "most": number}},
        },
    }
    found = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
             "definitions": {"workload": one},
             "properties": {s: {"$ref": "#/definitions/workload"} for s in SUBJECTS}}
    return json.dumps(found, indent=2) + "\n"


def library(folder):
    """Three workloads on a library of some 2,000 lines of named templates, of which most are never called."""
    files = {
        "Chart.yaml": chart_yaml("shop", dependencies=[{"name": "kit", "version": "1.x.x"}]),
        "values.yaml": "## Everything below the name of a workload is that workload's.\n##\n"
                       'global:\n  registry: ""\ndomain: shop.example.com\ncommonLabels:\n  team: "{{ .Release.Name }}"\n'
                       + "".join(about(SETTINGS, s) for s in SUBJECTS),
        "values.schema.json": schema(),
        "templates/NOTES.txt": "{{ .Chart.Name }} {{ .Chart.Version }} is installed as {{ .Release.Name }}.\n",
        "charts/kit/Chart.yaml": chart_yaml("kit", type="library"),
        "charts/kit/values.yaml": "exampleValue: kit\n",
        "charts/kit/templates/_shared.tpl": SHARED,
    }
    for subject in SUBJECTS + UNUSED:
        files[f"charts/kit/templates/_{subject}.tpl"] = about(FAMILY, subject)
    for subject in SUBJECTS:
        files[f"templates/{subject}.yaml"] = about(WORKLOAD, subject)
        files |= {f"templates/{subject}-{kind}.yaml": about(text, subject) for kind, text in OTHERS.items()}
    write(folder, files)


def umbrella(folder, size=24):
    """A chart of charts: conditions, values of the parent over the subcharts', files, and a good deal of tpl."""
    names = [f"part-{i}" for i in range(size)]
    listed = [{"name": n, "version": ">=1.0.0", "condition": f"{n}.enabled"} for n in names]
    values = "global:\n  domain: example.com\n" + "".join(
        f"{n}:\n  enabled: {'false' if i % 6 == 5 else 'true'}\n  replicas: {i % 4 + 1}\n  env:\n    number: \"{i}\"\n"
        f"    domain: \"{n}.{{{{ .Values.global.domain }}}}\"\n" for i, n in enumerate(names))
    files = {"Chart.yaml": chart_yaml("umbrella", dependencies=listed), "values.yaml": values}
    dashboard = json.dumps({"title": "{{ .Chart.Name }}", "panels": [
        {"id": i, "title": f"panel {i}", "targets": [{"expr": f"sum(rate(requests_{i}[5m]))"}]} for i in range(40)]}, indent=2)
    for name in names:
        files |= below(f"charts/{name}", part(name))
        files[f"charts/{name}/files/dashboard.json"] = dashboard
        files[f"charts/{name}/templates/dashboards.yaml"] = (
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"NAME.fullname\" . }}-dashboards\ndata:\n"
            "{{ (.Files.Glob \"files/*.json\").AsConfig | indent 2 }}\n").replace("NAME", name)
    write(folder, files)
