CREATE TABLE "guarded_rollouts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"key" text NOT NULL,
	"status" text NOT NULL,
	"variant" text NOT NULL,
	"baseline" text NOT NULL,
	"attribute" text NOT NULL,
	"audience" jsonb,
	"steps" jsonb NOT NULL,
	"guardrails" jsonb NOT NULL,
	"step" integer DEFAULT 1 NOT NULL,
	"step_started_at" timestamp with time zone NOT NULL,
	"approved_step" integer,
	"off_since" timestamp with time zone,
	"reason" text,
	"started_by" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "guarded_rollouts_key_shape" CHECK ("guarded_rollouts"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
	CONSTRAINT "guarded_rollouts_status_known" CHECK ("guarded_rollouts"."status" in ('RUNNING', 'WAITING', 'PAUSED', 'COMPLETED', 'ROLLED_BACK', 'ABORTED')),
	CONSTRAINT "guarded_rollouts_end" CHECK (("guarded_rollouts"."ended_at" is null) = ("guarded_rollouts"."status" in ('RUNNING', 'WAITING', 'PAUSED')))
);
--> statement-breakpoint
ALTER TABLE "guarded_rollouts" ADD CONSTRAINT "guarded_rollouts_flag_environment" FOREIGN KEY ("project","flag","environment") REFERENCES "public"."flag_environments"("project","flag","environment") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "guarded_rollouts_live" ON "guarded_rollouts" USING btree ("project","flag","environment") WHERE "guarded_rollouts"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "guarded_rollouts_newest" ON "guarded_rollouts" USING btree ("project","created_at","id");