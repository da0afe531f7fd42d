CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"project" text,
	"environment" text,
	"role" text,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"previous_hash" text,
	"previous_expires_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_by_kind" text NOT NULL,
	"created_by_id" text,
	"created_by_name" text NOT NULL,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash"),
	CONSTRAINT "api_keys_kind" CHECK ("api_keys"."kind" in ('CLIENT', 'SERVER', 'MANAGEMENT')),
	CONSTRAINT "api_keys_role" CHECK ("api_keys"."role" in ('VIEWER', 'DEVELOPER', 'MANAGER', 'ADMIN')),
	CONSTRAINT "api_keys_scope" CHECK (case when "api_keys"."kind" = 'MANAGEMENT' then "api_keys"."role" is not null and "api_keys"."environment" is null else "api_keys"."role" is null and "api_keys"."project" is not null and "api_keys"."environment" is not null end)
);
--> statement-breakpoint
CREATE TABLE "project_roles" (
	"user_id" uuid NOT NULL,
	"project" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "project_roles_user_id_project_pk" PRIMARY KEY("user_id","project"),
	CONSTRAINT "project_roles_role" CHECK ("project_roles"."role" in ('VIEWER', 'DEVELOPER', 'MANAGER', 'ADMIN'))
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"password_hash" text NOT NULL,
	"role" text,
	"active" boolean DEFAULT true NOT NULL,
	"last_login_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_role" CHECK ("users"."role" in ('VIEWER', 'DEVELOPER', 'MANAGER', 'ADMIN'))
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"protected" boolean DEFAULT false NOT NULL,
	"require_expected_version" boolean DEFAULT false NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "environments_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "environments_id_unique" UNIQUE("id"),
	CONSTRAINT "environments_key_shape" CHECK ("environments"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
CREATE TABLE "flag_environments" (
	"project" text NOT NULL,
	"flag" text NOT NULL,
	"environment" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"enabled" boolean DEFAULT false NOT NULL,
	"off_variant" text,
	"fallthrough" jsonb NOT NULL,
	"targets" jsonb NOT NULL,
	"rules" jsonb NOT NULL,
	"prerequisites" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "flag_environments_project_flag_environment_pk" PRIMARY KEY("project","flag","environment"),
	CONSTRAINT "flag_environments_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "flag_flag_uses" (
	"project" text NOT NULL,
	"flag" text NOT NULL,
	"environment" text NOT NULL,
	"uses_flag" text NOT NULL,
	CONSTRAINT "flag_flag_uses_project_flag_environment_uses_flag_pk" PRIMARY KEY("project","flag","environment","uses_flag")
);
--> statement-breakpoint
CREATE TABLE "flag_segment_uses" (
	"project" text NOT NULL,
	"flag" text NOT NULL,
	"environment" text NOT NULL,
	"uses_segment" text NOT NULL,
	CONSTRAINT "flag_segment_uses_project_flag_environment_uses_segment_pk" PRIMARY KEY("project","flag","environment","uses_segment")
);
--> statement-breakpoint
CREATE TABLE "flags" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"type" text NOT NULL,
	"kind" text NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"owner_id" uuid,
	"value_schema" jsonb,
	"client_visible" boolean DEFAULT true NOT NULL,
	"archived" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "flags_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "flags_id_unique" UNIQUE("id"),
	CONSTRAINT "flags_key_shape" CHECK ("flags"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
	CONSTRAINT "flags_type" CHECK ("flags"."type" in ('BOOLEAN', 'STRING', 'NUMBER', 'JSON')),
	CONSTRAINT "flags_kind" CHECK ("flags"."kind" in ('RELEASE', 'EXPERIMENT', 'OPERATIONAL', 'KILL_SWITCH', 'PERMISSION', 'CONFIG'))
);
--> statement-breakpoint
CREATE TABLE "variants" (
	"project" text NOT NULL,
	"flag" text NOT NULL,
	"key" text NOT NULL,
	"position" integer NOT NULL,
	"name" text,
	"description" text,
	"value" jsonb NOT NULL,
	CONSTRAINT "variants_project_flag_key_pk" PRIMARY KEY("project","flag","key")
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"epoch" integer NOT NULL,
	"id" uuid NOT NULL,
	"project" text,
	"environment" text,
	"kind" text NOT NULL,
	"subject_type" text NOT NULL,
	"subject" text NOT NULL,
	"actor" text NOT NULL,
	"actor_id" text,
	"actor_kind" text NOT NULL,
	"request_id" text NOT NULL,
	"at" text NOT NULL,
	"body" text,
	"salt" text,
	"body_hash" text NOT NULL,
	"prev_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "changes_id_unique" UNIQUE("id"),
	CONSTRAINT "changes_prev_hash" UNIQUE("prev_hash")
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"key" text PRIMARY KEY NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"flag_key_pattern" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_id_unique" UNIQUE("id"),
	CONSTRAINT "projects_key_shape" CHECK ("projects"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
CREATE TABLE "segment_members" (
	"project" text NOT NULL,
	"segment" text NOT NULL,
	"list" text NOT NULL,
	"member" text NOT NULL,
	CONSTRAINT "segment_members_project_segment_list_member_pk" PRIMARY KEY("project","segment","list","member"),
	CONSTRAINT "segment_members_list" CHECK ("segment_members"."list" in ('INCLUDED', 'EXCLUDED'))
);
--> statement-breakpoint
CREATE TABLE "segment_uses" (
	"project" text NOT NULL,
	"segment" text NOT NULL,
	"uses_segment" text NOT NULL,
	CONSTRAINT "segment_uses_project_segment_uses_segment_pk" PRIMARY KEY("project","segment","uses_segment")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"project" text NOT NULL,
	"key" text NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"when" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "segments_project_key_pk" PRIMARY KEY("project","key"),
	CONSTRAINT "segments_id_unique" UNIQUE("id"),
	CONSTRAINT "segments_key_shape" CHECK ("segments"."key" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$')
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_roles" ADD CONSTRAINT "project_roles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_roles" ADD CONSTRAINT "project_roles_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_environments" ADD CONSTRAINT "flag_environments_flag" FOREIGN KEY ("project","flag") REFERENCES "public"."flags"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_environments" ADD CONSTRAINT "flag_environments_environment" FOREIGN KEY ("project","environment") REFERENCES "public"."environments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_environments" ADD CONSTRAINT "flag_environments_off_variant" FOREIGN KEY ("project","flag","off_variant") REFERENCES "public"."variants"("project","flag","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_flag_uses" ADD CONSTRAINT "flag_flag_uses_user" FOREIGN KEY ("project","flag","environment") REFERENCES "public"."flag_environments"("project","flag","environment") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_flag_uses" ADD CONSTRAINT "flag_flag_uses_used_flag" FOREIGN KEY ("project","uses_flag") REFERENCES "public"."flags"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_segment_uses" ADD CONSTRAINT "flag_segment_uses_user" FOREIGN KEY ("project","flag","environment") REFERENCES "public"."flag_environments"("project","flag","environment") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_segment_uses" ADD CONSTRAINT "flag_segment_uses_used_segment" FOREIGN KEY ("project","uses_segment") REFERENCES "public"."segments"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "variants" ADD CONSTRAINT "variants_flag" FOREIGN KEY ("project","flag") REFERENCES "public"."flags"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_members" ADD CONSTRAINT "segment_members_segment" FOREIGN KEY ("project","segment") REFERENCES "public"."segments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_uses" ADD CONSTRAINT "segment_uses_user" FOREIGN KEY ("project","segment") REFERENCES "public"."segments"("project","key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_uses" ADD CONSTRAINT "segment_uses_used_segment" FOREIGN KEY ("project","uses_segment") REFERENCES "public"."segments"("project","key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segments" ADD CONSTRAINT "segments_project_projects_key_fk" FOREIGN KEY ("project") REFERENCES "public"."projects"("key") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_place" ON "api_keys" USING btree ("project","environment");--> statement-breakpoint
CREATE INDEX "refresh_tokens_session" ON "refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_any_case" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "environments_key_any_case" ON "environments" USING btree ("project",lower("key"));--> statement-breakpoint
CREATE INDEX "flag_environments_environment" ON "flag_environments" USING btree ("project","environment");--> statement-breakpoint
CREATE INDEX "flag_flag_uses_used" ON "flag_flag_uses" USING btree ("project","uses_flag");--> statement-breakpoint
CREATE INDEX "flag_segment_uses_used" ON "flag_segment_uses" USING btree ("project","uses_segment");--> statement-breakpoint
CREATE UNIQUE INDEX "flags_key_any_case" ON "flags" USING btree ("project",lower("key"));--> statement-breakpoint
CREATE INDEX "flags_tags" ON "flags" USING gin ("tags");--> statement-breakpoint
CREATE UNIQUE INDEX "variants_key_any_case" ON "variants" USING btree ("project","flag",lower("key"));--> statement-breakpoint
CREATE INDEX "changes_subject" ON "changes" USING btree ("project","subject_type","subject","seq");--> statement-breakpoint
CREATE INDEX "changes_at" ON "changes" USING btree ("at");--> statement-breakpoint
CREATE INDEX "changes_actor_id" ON "changes" USING btree ("actor_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "projects_key_any_case" ON "projects" USING btree (lower("key"));--> statement-breakpoint
CREATE INDEX "segment_uses_used" ON "segment_uses" USING btree ("project","uses_segment");--> statement-breakpoint
CREATE UNIQUE INDEX "segments_key_any_case" ON "segments" USING btree ("project",lower("key"));