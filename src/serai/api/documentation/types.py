"""How the types of the API are documented."""

from inspect import cleandoc
from typing import Any

from litestar.openapi.spec import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from msgspec import Struct


class StructDocumentation(OpenAPISchemaPlugin):
    """Types of the API say what their docstrings say, and which of them take no other fields."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Every frozen value of ours."""
        return not field_definition.is_union and field_definition.is_subclass_of(Struct)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """The framework's own schema of a type, with what it leaves out."""
        framework = next(
            plugin
            for plugin in schema_creator.plugins
            if plugin is not self and schema_creator.plugin_supports_field(plugin, field_definition)
        )
        schema: Schema = framework.to_openapi_schema(field_definition, schema_creator)
        kind = field_definition.type_
        if kind.__doc__:
            schema.description = " ".join(cleandoc(kind.__doc__).split())
        if kind.__struct_config__.forbid_unknown_fields:
            schema.additional_properties = False
        return schema
