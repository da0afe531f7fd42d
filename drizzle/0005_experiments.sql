CREATE TABLE "experiment_metrics" (
	"project" text NOT NULL,
	"experiment" text NOT NULL,
	"metric" text NOT NULL,
	"role" text NOT NULL,
	"margin" numeric,
	"position" integer NOT NULL,
	"planned_variance" numeric,
	CONSTRAINT "experiment_metrics_project_experiment_metric_pk" PRIMARY KEY("project","experiment","metric"),
	CONSTRAINT "experiment_metrics_role" CHECK ("experiment_metrics"."role" in ('PRIMARY', 'SECONDARY', 'GUARDRAIL'))
);
--> statement-breakpoint
CREATE TABLE "experiment_templates" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"settings" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "experiment_templates_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "experiment_templates_id_unique" UNIQUE("id"),
	CONSTRAINT "experiment_templates_key_shape" CHECK ("experiment_templates"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
CREATE TABLE "experiments" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"hypothesis" text,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"status" text DEFAULT 'DRAFT' NOT NULL,
	"audience" jsonb,
	"attribute" text NOT NULL,
	"control" text NOT NULL,
	"arms" jsonb NOT NULL,
	"traffic" numeric NOT NULL,
	"layer" text,
	"layer_low" integer,
	"layer_high" integer,
	"mode" text NOT NULL,
	"alpha" numeric NOT NULL,
	"minimum_effect" numeric NOT NULL,
	"planned_units" integer NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"minimum_runtime_days" integer NOT NULL,
	"promotes_automatically" boolean NOT NULL,
	"rolls_back_automatically" boolean NOT NULL,
	"optimises" boolean NOT NULL,
	"adjusts_for_past" boolean NOT NULL,
	"slices" text[] DEFAULT '{}' NOT NULL,
	"condition" jsonb,
	"epoch" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone,
	"stopped_at" timestamp with time zone,
	"conclusion" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "experiments_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "experiments_id_unique" UNIQUE("id"),
	CONSTRAINT "experiments_key_shape" CHECK ("experiments"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
	CONSTRAINT "experiments_status_known" CHECK ("experiments"."status" in ('DRAFT', 'SCHEDULED', 'RUNNING', 'PAUSED', 'STOPPED', 'CONCLUDED')),
	CONSTRAINT "experiments_mode" CHECK ("experiments"."mode" in ('ANYTIME', 'GROUP_SEQUENTIAL', 'FIXED_HORIZON'))
);
--> statement-breakpoint
CREATE TABLE "holdouts" (
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"attribute" text DEFAULT 'targetingKey' NOT NULL,
	"weight" integer NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "holdouts_project_environment_key_pk" PRIMARY KEY("project","environment","key"),
	CONSTRAINT "holdouts_id_unique" UNIQUE("id"),
	CONSTRAINT "holdouts_key_shape" CHECK ("holdouts"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
CREATE TABLE "layers" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"attribute" text DEFAULT 'targetingKey' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "layers_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "layers_id_unique" UNIQUE("id"),
	CONSTRAINT "layers_key_shape" CHECK ("layers"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
CREATE TABLE "trial_decisions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project" text NOT NULL,
	"trial" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"action" text NOT NULL,
	"summary" text NOT NULL,
	"inputs" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "experiment_metrics" ADD CONSTRAINT "experiment_metrics_experiment" FOREIGN KEY ("project","experiment") REFERENCES "public"."experiments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiment_metrics" ADD CONSTRAINT "experiment_metrics_metric_key" FOREIGN KEY ("project","metric") REFERENCES "public"."metrics"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiment_templates" ADD CONSTRAINT "experiment_templates_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiments" ADD CONSTRAINT "experiments_flag_environment" FOREIGN KEY ("project","flag","environment") REFERENCES "public"."flag_environments"("project","flag","environment") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiments" ADD CONSTRAINT "experiments_layer" FOREIGN KEY ("project","layer") REFERENCES "public"."layers"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holdouts" ADD CONSTRAINT "holdouts_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "layers" ADD CONSTRAINT "layers_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trial_decisions" ADD CONSTRAINT "trial_decisions_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "experiment_metrics_metric" ON "experiment_metrics" USING btree ("project","metric");--> statement-breakpoint
CREATE UNIQUE INDEX "experiments_key_any_case" ON "experiments" USING btree ("project",lower("key"));--> statement-breakpoint
CREATE INDEX "experiments_flag" ON "experiments" USING btree ("project","flag","environment");--> statement-breakpoint
CREATE INDEX "experiments_status" ON "experiments" USING btree ("status");--> statement-breakpoint
CREATE UNIQUE INDEX "layers_key_any_case" ON "layers" USING btree ("project",lower("key"));--> statement-breakpoint
CREATE INDEX "trial_decisions_trial" ON "trial_decisions" USING btree ("trial","at");