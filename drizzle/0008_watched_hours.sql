CREATE TABLE "happenings" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "happenings_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"details" jsonb NOT NULL,
	"summary" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "metric_hours" (
	"project" text NOT NULL,
	"environment" text NOT NULL,
	"metric" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "metric_hours_project_environment_metric_hour_pk" PRIMARY KEY("project","environment","metric","hour")
);
--> statement-breakpoint
CREATE TABLE "rate_hours" (
	"trial" uuid NOT NULL,
	"metric" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"units" bigint NOT NULL,
	"did" bigint NOT NULL,
	CONSTRAINT "rate_hours_trial_metric_hour_pk" PRIMARY KEY("trial","metric","hour")
);
--> statement-breakpoint
ALTER TABLE "anomalies" DROP CONSTRAINT "anomalies_project_environment_flag_hour_pk";--> statement-breakpoint
ALTER TABLE "anomalies" ALTER COLUMN "flag" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "anomalies" ALTER COLUMN "observed" SET DATA TYPE double precision;--> statement-breakpoint
ALTER TABLE "anomalies" ALTER COLUMN "p_value" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "anomalies" ADD COLUMN "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "anomalies" ADD COLUMN "metric" text;--> statement-breakpoint
ALTER TABLE "metric_hours" ADD CONSTRAINT "metric_hours_metric" FOREIGN KEY ("project","metric") REFERENCES "public"."metrics"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_hours" ADD CONSTRAINT "metric_hours_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rate_hours" ADD CONSTRAINT "rate_hours_trial_trials_id_fk" FOREIGN KEY ("trial") REFERENCES "public"."trials"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "happenings_at" ON "happenings" USING btree ("at");--> statement-breakpoint
CREATE INDEX "metric_hours_hour" ON "metric_hours" USING btree ("hour");--> statement-breakpoint
CREATE INDEX "rate_hours_hour" ON "rate_hours" USING btree ("hour");--> statement-breakpoint
ALTER TABLE "anomalies" ADD CONSTRAINT "anomalies_metric" FOREIGN KEY ("project","metric") REFERENCES "public"."metrics"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "anomalies_once" ON "anomalies" USING btree ("project","environment",coalesce("flag", ''),coalesce("metric", ''),"hour");--> statement-breakpoint
CREATE INDEX "exposures_first_at" ON "exposures" USING brin ("first_at") WITH (autosummarize=true);--> statement-breakpoint
ALTER TABLE "anomalies" ADD CONSTRAINT "anomalies_about" CHECK ("anomalies"."flag" is not null or "anomalies"."metric" is not null);