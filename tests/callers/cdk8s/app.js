// Synthesizes an application with charts from folders and from a repository:
//     node app.js HELM CHARTS REPOSITORY OUT
// Prints the errors of those that cannot be rendered.
const { App, Chart, Helm } = require('cdk8s');

const [helmExecutable, charts, repo, outdir] = process.argv.slice(2);
const app = new App({ outdir });
const errors = [];

function add(id, props) {
  const chart = new Chart(app, id);
  try {
    new Helm(chart, 'release', { helmExecutable, ...props });
  } catch (e) {
    errors.push(e.message);
  }
}

add('local', { chart: `${charts}/python-app` });
add('values', {
  chart: `${charts}/node-app`,
  releaseName: 'mine',
  namespace: 'there',
  values: { replicaCount: 3, text: 'a: b\n"c"', list: [1, 2.5, null, true] },
});
add('flags', {
  chart: `${charts}/python-app`,
  helmFlags: ['--include-crds', '--set', 'replicaCount=9', '--kube-version', '1.29'],
});
add('remote', { chart: 'web', repo, version: '1.0.0' });
add('newest', { chart: 'web', repo, values: { port: 8080 } });
add('missing', { chart: 'none', repo });
add('invalid', { chart: `${charts}/python-app`, values: { service: { port: 'http' } } });
app.synth();
process.stdout.write(JSON.stringify(errors));
