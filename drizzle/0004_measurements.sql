CREATE TABLE "anomalies" (
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"direction" text NOT NULL,
	"expected" double precision NOT NULL,
	"observed" bigint NOT NULL,
	"p_value" double precision NOT NULL,
	CONSTRAINT "anomalies_project_environment_flag_hour_pk" PRIMARY KEY("project","environment","flag","hour"),
	CONSTRAINT "anomalies_direction" CHECK ("anomalies"."direction" in ('LOW', 'HIGH'))
);
--> statement-breakpoint
CREATE TABLE "client_versions" (
	"api_key_id" uuid NOT NULL,
	"client" text NOT NULL,
	"version" text NOT NULL,
	"count" bigint NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "client_versions_api_key_id_client_version_pk" PRIMARY KEY("api_key_id","client","version")
);
--> statement-breakpoint
CREATE TABLE "counted_batches" (
	"instance" uuid PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evaluation_hours" (
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"variant" text NOT NULL,
	"reason" text NOT NULL,
	"count" bigint NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "evaluation_hours_project_environment_flag_hour_variant_reason_pk" PRIMARY KEY("project","environment","flag","hour","variant","reason")
);
--> statement-breakpoint
CREATE TABLE "unknown_flags" (
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"api_key_id" uuid NOT NULL,
	"count" bigint NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "unknown_flags_project_environment_flag_api_key_id_pk" PRIMARY KEY("project","environment","flag","api_key_id")
);
--> statement-breakpoint
CREATE TABLE "metric_events" (
	"day" date NOT NULL,
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"event_id" text NOT NULL,
	"unit" "bytea" NOT NULL,
	"metric" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"value" numeric NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "metric_events_day_project_environment_event_id_pk" PRIMARY KEY("day","project","environment","event_id")
) PARTITION BY RANGE ("day");
--> statement-breakpoint
CREATE TABLE "metrics" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"type" text NOT NULL,
	"direction" text NOT NULL,
	"window_hours" integer,
	"cap" numeric,
	"unit" text,
	"decimals" integer DEFAULT 0 NOT NULL,
	"numerator" text,
	"denominator" text,
	"archived" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "metrics_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "metrics_id_unique" UNIQUE("id"),
	CONSTRAINT "metrics_key_shape" CHECK ("metrics"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
	CONSTRAINT "metrics_type" CHECK ("metrics"."type" in ('CONVERSION', 'COUNT', 'SUM', 'MEAN', 'RATIO')),
	CONSTRAINT "metrics_direction" CHECK ("metrics"."direction" in ('INCREASE', 'DECREASE')),
	CONSTRAINT "metrics_parts" CHECK (("metrics"."type" = 'RATIO') = ("metrics"."numerator" is not null))
);
--> statement-breakpoint
CREATE TABLE "unit_secrets" (
	"project" text PRIMARY KEY NOT NULL,
	"secret" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "exposure_sums" (
	"trial" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"variant" text NOT NULL,
	"day" date NOT NULL,
	"n" bigint NOT NULL,
	"conflicted" bigint NOT NULL,
	"sum_x" numeric NOT NULL,
	"sum_xx" numeric NOT NULL,
	CONSTRAINT "exposure_sums_trial_epoch_variant_day_pk" PRIMARY KEY("trial","epoch","variant","day")
);
--> statement-breakpoint
CREATE TABLE "exposures" (
	"trial" uuid NOT NULL,
	"unit" "bytea" NOT NULL,
	"bucket" integer NOT NULL,
	"variant" text NOT NULL,
	"epoch" integer NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"covariate" numeric DEFAULT '0' NOT NULL,
	"conflicted" boolean DEFAULT false NOT NULL,
	"departed" boolean DEFAULT false NOT NULL,
	"slice" jsonb,
	CONSTRAINT "exposures_trial_unit_pk" PRIMARY KEY("trial","unit")
);
--> statement-breakpoint
CREATE TABLE "metric_sums" (
	"trial" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"variant" text NOT NULL,
	"day" date NOT NULL,
	"metric" uuid NOT NULL,
	"nonzero" bigint NOT NULL,
	"sum_y" numeric NOT NULL,
	"sum_yy" numeric NOT NULL,
	"sum_d" numeric NOT NULL,
	"sum_dd" numeric NOT NULL,
	"sum_yd" numeric NOT NULL,
	"sum_xy" numeric NOT NULL,
	CONSTRAINT "metric_sums_trial_metric_epoch_variant_day_pk" PRIMARY KEY("trial","metric","epoch","variant","day")
);
--> statement-breakpoint
CREATE TABLE "trial_epochs" (
	"trial" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"slots" jsonb NOT NULL,
	"from" timestamp with time zone NOT NULL,
	CONSTRAINT "trial_epochs_trial_epoch_pk" PRIMARY KEY("trial","epoch")
);
--> statement-breakpoint
CREATE TABLE "trial_metrics" (
	"trial" uuid NOT NULL,
	"metric" uuid NOT NULL,
	"source" text NOT NULL,
	"part" text NOT NULL,
	"window_hours" integer,
	"cap" numeric,
	"is_covariate" boolean DEFAULT false NOT NULL,
	CONSTRAINT "trial_metrics_trial_metric_source_part_pk" PRIMARY KEY("trial","metric","source","part")
);
--> statement-breakpoint
CREATE TABLE "trials" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"flag" text NOT NULL,
	"attribute" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "unit_metrics" (
	"trial" uuid NOT NULL,
	"metric" uuid NOT NULL,
	"unit" "bytea" NOT NULL,
	"value" numeric NOT NULL,
	"denominator" numeric DEFAULT '0' NOT NULL,
	CONSTRAINT "unit_metrics_trial_metric_unit_pk" PRIMARY KEY("trial","metric","unit")
);
--> statement-breakpoint
ALTER TABLE "anomalies" ADD CONSTRAINT "anomalies_flag" FOREIGN KEY ("project","flag") REFERENCES "public"."flags"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "anomalies" ADD CONSTRAINT "anomalies_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_versions" ADD CONSTRAINT "client_versions_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evaluation_hours" ADD CONSTRAINT "evaluation_hours_flag" FOREIGN KEY ("project","flag") REFERENCES "public"."flags"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evaluation_hours" ADD CONSTRAINT "evaluation_hours_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unknown_flags" ADD CONSTRAINT "unknown_flags_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_events" ADD CONSTRAINT "metric_events_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metrics" ADD CONSTRAINT "metrics_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metrics" ADD CONSTRAINT "metrics_numerator" FOREIGN KEY ("project","numerator") REFERENCES "public"."metrics"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metrics" ADD CONSTRAINT "metrics_denominator" FOREIGN KEY ("project","denominator") REFERENCES "public"."metrics"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unit_secrets" ADD CONSTRAINT "unit_secrets_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exposure_sums" ADD CONSTRAINT "exposure_sums_trial" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exposures" ADD CONSTRAINT "exposures_trial_trials_id_fk" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_sums" ADD CONSTRAINT "metric_sums_trial" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trial_epochs" ADD CONSTRAINT "trial_epochs_trial_trials_id_fk" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trial_metrics" ADD CONSTRAINT "trial_metrics_trial_trials_id_fk" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trial_metrics" ADD CONSTRAINT "trial_metrics_metric_metrics_id_fk" FOREIGN KEY ("metric") REFERENCES "public"."metrics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_flag" FOREIGN KEY ("project","flag","environment") REFERENCES "public"."flag_environments"("project","flag","environment") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unit_metrics" ADD CONSTRAINT "unit_metrics_trial" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "anomalies_hour" ON "anomalies" USING btree ("project","hour");--> statement-breakpoint
CREATE INDEX "evaluation_hours_hour" ON "evaluation_hours" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "metric_events_unit" ON "metric_events" USING btree ("project","environment","unit");--> statement-breakpoint
CREATE INDEX "metric_events_metric" ON "metric_events" USING btree ("project","metric","received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "metrics_key_any_case" ON "metrics" USING btree ("project",lower("key"));--> statement-breakpoint
CREATE INDEX "exposures_unit" ON "exposures" USING btree ("unit");--> statement-breakpoint
CREATE INDEX "exposures_bucket" ON "exposures" USING btree ("trial","bucket");--> statement-breakpoint
CREATE INDEX "trial_metrics_source" ON "trial_metrics" USING btree ("source");--> statement-breakpoint
CREATE INDEX "trials_place" ON "trials" USING btree ("project","environment");