"""The bill of materials of the bundle (CycloneDX 1.6, JSON): every part that it carries, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from bundle_parts import Part, PartError
from licence_texts import Licence

_LONGEST_NAME = 200


def write_bill(parts: list[Part], licences: list[Licence], version: str, path: Path) -> int:
    """Write the bill of materials and return the number of parts in it.

    Raises:
        PartError: what would be written does not keep to the standard's schema.
    """
    bom = Bom()
    program = Component(
        name="Semascope",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref="semascope",
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    bom.metadata.component = program
    components = [_component(part, licences) for part in parts if part.kind != "program"]
    known = {part.name.partition(":")[0] for part in parts}
    components += [_data(licence) for licence in licences if licence.part not in known]
    for component in components:
        bom.components.add(component)
    bom.register_dependency(program, components)
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise PartError(f"the bill of materials is not valid: {problem}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return len(components)


def _component(part: Part, licences: list[Licence]) -> Component:
    name = part.name.partition(":")[0]
    urls = {
        "distribution": PackageURL("pypi", name=name.lower().replace("_", "-"), version=part.version),
        "debian": PackageURL("deb", "debian", name, part.version),
        "python": PackageURL("generic", name="python", version=part.version),
    }
    return Component(
        name=name,
        version=part.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{part.kind}:{name}@{part.version}",
        purl=urls[part.kind],
        licenses=_licences(name, licences),
        components=[_library(part, target, source) for target, source in sorted(part.libraries.items())],
    )


def _library(part: Part, target: str, source: Path) -> Component:
    digest = HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(source.read_bytes()).hexdigest())
    return Component(
        name=target,
        type=ComponentType.LIBRARY,
        bom_ref=f"{part.kind}:{part.name}@{part.version}#{target}",
        hashes=[digest],
    )


def _data(licence: Licence) -> Component:
    return Component(
        name=licence.part,
        version=licence.version or None,
        type=ComponentType.MACHINE_LEARNING_MODEL if "MiniLM" in licence.part else ComponentType.DATA,
        bom_ref=f"data:{licence.part}@{licence.version}",
        licenses=_licences(licence.part, [licence]),
    )


def _licences(name: str, licences: list[Licence]) -> list[DisjunctiveLicense]:
    stated = next((licence.expression for licence in licences if licence.part == name), "")
    if not stated:
        return []
    made = LicenseFactory().make_from_string(stated)
    if isinstance(made, DisjunctiveLicense) and made.name and len(made.name) > _LONGEST_NAME:
        return [DisjunctiveLicense(name=made.name[:_LONGEST_NAME])]
    return [made]
