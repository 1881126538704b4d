"""Integrations of a REST API are given when asked for; the two kinds of API do not know each other's ids."""

from runbook_lib.sandbox.embedded import EmbeddedAws
from tests.sandbox.asking import one, refused


def test_integrations_come_with_the_methods_only(aws: EmbeddedAws) -> None:
    api = aws.client("apigateway")
    api_id = api.create_rest_api(name="orders")["id"]
    root = one(api.get_resources(restApiId=api_id), "items")["id"]
    api.put_method(restApiId=api_id, resourceId=root, httpMethod="POST", authorizationType="NONE")
    api.put_integration(
        restApiId=api_id,
        resourceId=root,
        httpMethod="POST",
        type="HTTP",
        integrationHttpMethod="POST",
        uri="https://a.test",
        timeoutInMillis=5000,
    )
    plain = one(api.get_resources(restApiId=api_id), "items")
    whole = one(api.get_resources(restApiId=api_id, embed=["methods"]), "items")
    assert plain["resourceMethods"] == {"POST": {}}
    assert whole["resourceMethods"]["POST"]["methodIntegration"]["timeoutInMillis"] == 5000


def test_an_id_is_that_of_one_kind_of_api(aws: EmbeddedAws) -> None:
    rest, http = aws.client("apigateway"), aws.client("apigatewayv2")
    rest_id = rest.create_rest_api(name="a")["id"]
    http_id = http.create_api(Name="b", ProtocolType="HTTP")["ApiId"]
    made = http.create_integration(
        ApiId=http_id, IntegrationType="HTTP_PROXY", IntegrationUri="https://b.test", TimeoutInMillis=7000
    )
    assert one(http.get_integrations(ApiId=http_id), "Items")["IntegrationId"] == made["IntegrationId"]
    with refused("NotFoundException"):
        rest.get_resources(restApiId=http_id)
    with refused("NotFoundException"):
        http.get_integrations(ApiId=rest_id)


def test_both_kinds_are_recognised_by_the_front(aws: EmbeddedAws) -> None:
    rest, http = aws.client("apigateway"), aws.client("apigatewayv2")
    rest_id, http_id = rest.create_rest_api(name="a")["id"], http.create_api(Name="b", ProtocolType="HTTP")["ApiId"]
    aws.front.forget()
    rest.get_resources(restApiId=rest_id)
    http.get_integrations(ApiId=http_id)
    told = [(call.action, call.operation) for call in aws.front.served()]
    assert told == [("apigateway:GET", "GetResources"), ("apigateway:GET", "GetIntegrations")]
