/** Figures are kept per server, in the format that Prometheus reads. */
import { Counter } from "prom-client";
import { expect, it } from "vitest";
import { openMetrics } from "../../src/platform/metrics.js";

it("counts and times exchanges by method, route and status", async () => {
  const metrics = openMetrics();
  metrics.observeHttp({ method: "POST", route: "/graphql", status: 200, seconds: 0.003 });
  metrics.observeHttp({ method: "POST", route: "/graphql", status: 200, seconds: 0.3 });
  const text = await metrics.render();
  const labels = 'method="POST",route="/graphql",status="200"';
  expect(text).toContain(`http_requests_total{${labels}} 2`);
  expect(text).toContain(`http_request_duration_seconds_bucket{le="0.005",${labels}} 1`);
  expect(text).toContain(`http_request_duration_seconds_sum{${labels}} 0.303`);
  expect(text).toContain("process_cpu_user_seconds_total");
});

it("keeps two servers of one process apart, and takes metrics of the rooms", async () => {
  const [one, two] = [openMetrics(), openMetrics()];
  const counter = new Counter({ name: "evaluations_total", help: "Evaluations", registers: [one.registry] });
  counter.inc(3);
  expect(await one.render()).toContain("evaluations_total 3");
  expect(await two.render()).not.toContain("evaluations_total");
});
