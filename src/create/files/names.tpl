{{/* The name of a release's resources: the release's and the chart's, as Kubernetes takes it. */}}
{{- define "[= name =].name" -}}
{{- $name := list .Release.Name .Chart.Name | uniq | join "-" | lower -}}
{{- regexReplaceAll "[^a-z0-9-]+" $name "-" | trunc 52 | trimAll "-" -}}
{{- end }}

{{/* The labels by which a release's pods are found. They never change. */}}
{{- define "[= name =].selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* The labels of all resources. */}}
{{- define "[= name =].labels" -}}
{{ include "[= name =].selector" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-_." | quote }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
[% if kind != "library" %]

{{/* The name of the service account. */}}
{{- define "[= name =].account" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "[= name =].name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}
[% endif %]
