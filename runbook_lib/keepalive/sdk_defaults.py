"""What the AWS SDKs do about TCP keepalive when nobody configures it, as data.

Where only source code or memory of it says so, and no page of documentation, `is_inferred` is True.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SDK_DEFAULTS", "SdkDefault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkDefault:
    """The sockets of one HTTP client of an SDK as delivered.

    `time_s` and `interval_s` are what it sets on the socket; None leaves them to the network namespace.
    `switch_on` is what a program or a person sets, and `note` what that does not bring about.
    """

    sdk: str
    client: str
    so_keepalive: bool
    time_s: int | None = None
    interval_s: int | None = None
    switch_on: str
    note: str
    source: str
    is_inferred: bool = False

    @property
    def depends_on_namespace(self) -> bool:
        """True when the times of the network namespace decide once SO_KEEPALIVE is on."""
        return self.time_s is None or self.interval_s is None


_JAVA_NOTE = "sets SO_KEEPALIVE only; the times are those of the network namespace"
_JAVA_OPTIONS = (
    "https://github.com/aws/aws-sdk-java-v2/blob/master/http-client-spi/src/main/java/software/amazon/awssdk/http/"
    "SdkHttpConfigurationOption.java"
)
_URL_CONNECTION = (
    "https://github.com/aws/aws-sdk-java-v2/blob/master/http-clients/url-connection-client/src/main/java/software/"
    "amazon/awssdk/http/urlconnection/UrlConnectionHttpClient.java"
)
_CRT = (
    "https://github.com/aws/aws-sdk-java-v2/blob/master/http-clients/aws-crt-client/src/main/java/software/amazon/"
    "awssdk/http/crt/internal/AwsCrtConfigurationUtils.java"
)

SDK_DEFAULTS: tuple[SdkDefault, ...] = (
    SdkDefault(
        sdk="boto3",
        client="botocore",
        so_keepalive=False,
        switch_on="Config(tcp_keepalive=True), BOTOCORE_TCP_KEEPALIVE=true, or tcp_keepalive = true in the profile",
        note="sets SO_KEEPALIVE only; the times are those of the network namespace",
        source="https://github.com/boto/botocore/issues/2916",
    ),
    SdkDefault(
        sdk="AWS CLI",
        client="botocore",
        so_keepalive=False,
        switch_on="BOTOCORE_TCP_KEEPALIVE=true, or tcp_keepalive = true in the profile",
        note="sets SO_KEEPALIVE only; --cli-read-timeout is 60 s unless raised",
        source="https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html",
    ),
    SdkDefault(
        sdk="Java 2.x",
        client="ApacheHttpClient",
        so_keepalive=False,
        switch_on="ApacheHttpClient.builder().tcpKeepAlive(true)",
        note=_JAVA_NOTE,
        source=_JAVA_OPTIONS,
        is_inferred=True,
    ),
    SdkDefault(
        sdk="Java 2.x",
        client="NettyNioAsyncHttpClient",
        so_keepalive=False,
        switch_on="NettyNioAsyncHttpClient.builder().tcpKeepAlive(true)",
        note=_JAVA_NOTE,
        source=_JAVA_OPTIONS,
        is_inferred=True,
    ),
    SdkDefault(
        sdk="Java 2.x",
        client="UrlConnectionHttpClient",
        so_keepalive=False,
        switch_on="",
        note="has no option for it; use another HTTP client",
        source=_URL_CONNECTION,
        is_inferred=True,
    ),
    SdkDefault(
        sdk="Java 2.x",
        client="AwsCrtHttpClient",
        so_keepalive=False,
        switch_on="tcpKeepAliveConfiguration(c -> c.keepAliveInterval(…).keepAliveTimeout(…))",
        note="sets its times on the socket; early versions took them without switching SO_KEEPALIVE on",
        source=_CRT,
    ),
    SdkDefault(
        sdk="JavaScript v3",
        client="NodeHttpHandler",
        so_keepalive=True,
        time_s=1,
        switch_on="new https.Agent({ keepAlive: true }), the default",
        note="a request younger than 3 s is not covered; the interval is that of Node.js or of the network namespace",
        source="https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-reusing-connections.html",
    ),
    SdkDefault(
        sdk="Go v2",
        client="BuildableClient",
        so_keepalive=True,
        time_s=30,
        interval_s=30,
        switch_on="net.Dialer.KeepAlive, on unless negative",
        note="a program that gives a client of its own decides by its own dialer",
        source="https://github.com/aws/aws-sdk-go-v2/blob/main/aws/transport/http/client.go",
    ),
    SdkDefault(
        sdk=".NET",
        client="AmazonLambdaClient",
        so_keepalive=True,
        time_s=300,
        interval_s=15,
        switch_on="on by default, for Lambda only",
        note="effective on .NET Framework; on .NET and .NET Core the socket of HttpClient has to be set",
        source="https://docs.aws.amazon.com/sdkfornet/v4/apidocs/items/Runtime/TTcpKeepAlive.html",
    ),
    SdkDefault(
        sdk=".NET",
        client="clients of other services",
        so_keepalive=False,
        switch_on="ClientConfig.TcpKeepAlive.Enabled = true",
        note="then 300 s and 15 s; effective on .NET Framework only",
        source="https://docs.aws.amazon.com/sdkfornet/v4/apidocs/items/Runtime/TTcpKeepAlive.html",
    ),
)
"""The defaults of the SDKs, sources read 2026-11-21."""
