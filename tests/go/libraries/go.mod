module statefulchart/libraries

go 1.23.0

require (
	github.com/BurntSushi/toml v1.4.0
	github.com/Masterminds/semver/v3 v3.3.0
)
