/** What deploy/ says fits the server: settings, ports, paths, users, times. */
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { settingNames } from "../../src/platform/config.js";
import { read, repositoryFiles } from "./repository.js";

const files = repositoryFiles().filter((file) => file.startsWith("deploy/"));
const manifests = files.filter((file) => file.endsWith(".yaml"));
const dockerfile = read("Dockerfile");
const drainSeconds = 25;

/** As much of a manifest as is asked for here. */
interface Manifest {
  readonly kind: string;
  readonly metadata?: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly resources?: readonly string[];
  readonly images?: readonly { readonly name: string }[];
  readonly spec?: unknown;
}

function manifestsIn(file: string): readonly Manifest[] {
  return parseAllDocuments(read(file), { uniqueKeys: true }).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Manifest;
  });
}

const all = manifests.flatMap(manifestsIn);
const ofKind = (kind: string): readonly Manifest[] => all.filter((manifest) => manifest.kind === kind);

/** The one manifest of its kind. */
function only(kind: string): Manifest {
  const [first, ...rest] = ofKind(kind);
  if (first === undefined || rest.length > 0) throw new Error(`There should be one ${kind}.`);
  return first;
}

function deployed() {
  const { replicas, template } = only("Deployment").spec as { replicas: number; template: { spec: PodSpec } };
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error("The Deployment has no container.");
  return { replicas, pod: template.spec, container };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsUser: number };
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

function unknownSettings(names: readonly string[]): readonly string[] {
  return names.filter((name) => !settingNames.includes(name.replace(/_FILE$/, "")));
}

/** The paths that a text mentions as Halyard's. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w.$])\/(?:graphql|ofrep|livez|readyz|metrics|health)[\w/]*/g)].map(
    ([path]) => path,
  );
}

const served = /^\/(?:graphql|livez|readyz|health|metrics|ofrep\/v1(?:\/events|\/evaluate(?:\/flags)?)?)\/?$/;

describe("the Kubernetes manifests", () => {
  it("are all applied, but for the example of a Secret and what needs an operator", () => {
    const listed = only("Kustomization").resources?.map((name) => `deploy/kubernetes/${name}`) ?? [];
    const apart = ["kustomization", "secret.example", "service-monitor"];
    const rest = manifests.filter((file) => !apart.some((name) => file === `deploy/kubernetes/${name}.yaml`));
    expect([...listed].sort()).toEqual([...rest].sort());
  });

  it("set only what the server reads, and no secret", () => {
    const { stringData = {} } = only("Secret");
    const names = [...Object.keys(only("ConfigMap").data ?? {}), ...Object.keys(stringData)];
    expect(names).toContain("SECRET_KEY");
    expect(unknownSettings(names)).toEqual([]);
    expect(Object.values(stringData).join("")).toBe("");
  });

  it("run what the Dockerfile builds, as its user and where it expects to", () => {
    const { container, pod } = deployed();
    expect(only("Kustomization").images?.map(({ name }) => name)).toEqual([container.image]);
    expect(container.ports).toEqual([
      { name: "http", containerPort: Number(/PORT=(\d+)/.exec(dockerfile)?.[1]) },
    ]);
    const paths = container.volumeMounts.map(({ mountPath }) => mountPath);
    expect(paths).toContain(/DATA_DIR=(\S+)/.exec(dockerfile)?.[1]);
    const volumes = pod.volumes.map(({ name }) => name);
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(volumes);
    expect(dockerfile).toContain("USER node");
    expect(pod.securityContext.runAsUser).toBe(1_000); // node's
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
  });

  it("ask the probes, and leave time to drain", () => {
    const { container, pod, replicas } = deployed();
    expect(container.startupProbe.httpGet).toEqual({ path: "/livez", port: "http" });
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" });
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" });
    const sleep = Number(container.lifecycle.preStop.exec.command[1]);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(sleep + drainSeconds);
    expect(replicas).toBeGreaterThanOrEqual(2);
  });

  it("lead to the Service and its port, by paths that are served", () => {
    const service = only("Service");
    const port = (service.spec as { ports: { name: string }[] }).ports[0]?.name;
    for (const { spec } of ofKind("Ingress")) {
      const { rules } = spec as {
        rules: { http: { paths: { path: string; backend: { service: unknown } }[] } }[];
      };
      for (const { path, backend } of rules.flatMap(({ http }) => http.paths)) {
        expect(path).toMatch(served);
        expect(backend.service).toEqual({ name: service.metadata?.name, port: { name: port } });
      }
    }
    const { scaleTargetRef } = only("HorizontalPodAutoscaler").spec as { scaleTargetRef: object };
    expect(scaleTargetRef).toMatchObject({ kind: "Deployment", name: only("Deployment").metadata?.name });
  });
});

describe("the systemd unit", () => {
  const unit = read("deploy/systemd/halyard.service");

  it("sets only what the server reads", () => {
    const set = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs = ""]) => pairs.split(" "));
    const names = set.map((pair) => pair.split("=")[0] ?? "");
    expect(names).toContain("SECRET_KEY_FILE");
    expect(unknownSettings(names)).toEqual([]);
    expect(set).toContain(`DATA_DIR=/var/lib/${/^StateDirectory=(\w+)$/m.exec(unit)?.[1]}`);
  });

  it("starts what the build makes, and leaves time to drain", () => {
    expect(unit).toContain("ExecStart=/usr/bin/node /opt/halyard/dist/main.js serve");
    expect(dockerfile).toContain('CMD ["node", "dist/main.js", "serve"]');
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(drainSeconds);
  });
});

describe.each(["deploy/nginx/halyard.conf", "deploy/caddy/Caddyfile"])("%s", (file) => {
  const text = read(file);

  it("names paths that are served", () => {
    const paths = pathsIn(text);
    expect(paths).toContain("/graphql");
    expect(paths.filter((path) => !served.test(path))).toEqual([]);
  });

  it("drops what clients must not say of themselves", () => {
    const believed = /countryHeaders = \[(.*)\]/.exec(read("src/api/client.ts"))?.[1]?.match(/[\w-]+/g) ?? [];
    expect(believed.length).toBeGreaterThan(3);
    const missing = believed.filter((name) => !text.toLowerCase().includes(name));
    expect(missing).toEqual([]);
  });

  it("opens and closes the same number of blocks", () => {
    const plain = text.replaceAll(/#.*$/gm, "");
    expect(plain.split("{").length).toBe(plain.split("}").length);
  });
});

it("nginx logs no query", () => {
  const text = read("deploy/nginx/halyard.conf");
  expect(text).toMatch(/log_format halyard '[^']*\$uri/);
  expect(/log_format.*\$(?:request|request_uri|args|http_referer)\b/.test(text)).toBe(false);
  expect(/events \{[^}]*error_log \/dev\/null;/.test(text)).toBe(true);
});

it("compose leaves time to drain", () => {
  const { services } = parse(read("docker-compose.yml")) as {
    services: Record<string, { stop_grace_period?: string; volumes?: string[] }>;
  };
  expect(parseInt(services["halyard"]?.stop_grace_period ?? "0", 10)).toBeGreaterThan(drainSeconds);
  expect(services["halyard"]?.volumes).toContain("data:/data");
});
